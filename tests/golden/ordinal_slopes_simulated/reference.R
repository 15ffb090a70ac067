# Answers of 80 persons, judged by 12 raters who cross them, slopes of hours varying between persons:
# Rscript reference.R in this folder.
suppressMessages({library(ordinal); library(lme4); library(jsonlite)})
set.seed(20260311)
n <- 80; each <- 10
d <- data.frame(person = rep(seq_len(n), each = each), rater = sample(12, n * each, replace = TRUE), hours = round(rgamma(n * each, 4, 0.2), 1))
spread <- matrix(c(0.8, -0.02, -0.02, 0.004), 2)
drawn <- matrix(rnorm(2 * n), n) %*% chol(spread)
latent <- 0.05 * d$hours + drawn[d$person, 1] + drawn[d$person, 2] * d$hours + rnorm(12, 0, 0.6)[d$rater] + rlogis(n * each)
d$answer <- 1 + findInterval(latent, c(-0.6, 0.9, 2.4))
write.csv(d, "data.csv", row.names = FALSE, quote = FALSE)
# clmm ends far from its optimum where a slope's column is large; in tens from twenty hours it does not.
d$tens <- (d$hours - 20) / 10
d <- transform(d, person = factor(person), rater = factor(rater), high = as.integer(answer >= 3), answer = factor(answer))
fit <- clmm(answer ~ tens + (1 + tens | person) + (1 | rater), data = d, control = clmm.control(gradTol = 1e-5))
rows <- coef(summary(fit))
ordered <- list(
  estimate = unname(rows[, 1]), std_error = unname(rows[, 2]), log_likelihood = as.numeric(logLik(fit)),
  person = unname(matrix(VarCorr(fit)$person, 2)), rater = unname(VarCorr(fit)$rater[1])
)
fit <- glmer(high ~ hours + (1 + hours | person) + (1 | rater), d, binomial,
             control = glmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-9, maxfun = 1e5), tolPwrss = 1e-12))
rows <- coef(summary(fit))
yes_or_no <- list(
  estimate = unname(rows[, 1]), std_error = unname(rows[, 2]), log_likelihood = as.numeric(logLik(fit)),
  person = unname(matrix(VarCorr(fit)$person, 2)), rater = unname(VarCorr(fit)$rater[1]),
  slopes = ranef(fit)$person$hours
)
out <- list(
  R = R.version.string, packages = as.list(sapply(c("ordinal", "lme4"), function(p) as.character(packageVersion(p)))),
  reference = list(clmm = ordered, glmer = yes_or_no)
)
writeLines(toJSON(out, digits = NA, auto_unbox = TRUE, pretty = TRUE), "reference.json")
