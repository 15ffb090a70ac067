# Ratings of yes and no by three raters on two criteria in two rounds, by a mixed logit: Rscript reference.R in this folder.
suppressMessages({library(lme4); library(jsonlite)})
set.seed(21)
d <- expand.grid(person = 1:80, rater = c("r1", "r2", "r3"), criterion = c("a", "b"), round = c("first", "second"))
# Each rater leaves out a third of the persons, another third in each round.
d <- d[(d$person + as.integer(d$rater) + as.integer(d$round)) %% 3 != 0, ]
theta <- rnorm(80, 0, 1.2)
hard <- c(r1 = -0.5, r2 = 0.1, r3 = 0.4)[as.character(d$rater)] + c(a = -0.3, b = 0.6)[as.character(d$criterion)] +
  c(first = -0.4, second = 0.4)[as.character(d$round)]
d$score <- rbinom(nrow(d), 1, plogis(theta[d$person] - hard))
write.csv(d, "data.csv", row.names = FALSE, quote = FALSE)
for (name in c("rater", "round")) { d[[name]] <- factor(d[[name]]); contrasts(d[[name]]) <- contr.sum(nlevels(d[[name]])) }
f <- glmer(score ~ 0 + criterion + rater + round + (1 | person), d, binomial, nAGQ = 25,
           control = glmerControl(optimizer = "bobyqa", optCtrl = list(maxfun = 1e5, rhoend = 1e-10), tolPwrss = 1e-12))
b <- -unname(fixef(f))
out <- list(
  R = R.version.string, packages = list(lme4 = as.character(packageVersion("lme4"))),
  reference = list(
    criterion = b[1:2], rater = c(b[3:4], -sum(b[3:4])), occasion = c(b[5], -b[5]),
    std_error = unname(sqrt(diag(vcov(f, use.hessian = TRUE))))[1:5],
    person_variance = as.numeric(VarCorr(f)$person), deviance = -2 * as.numeric(logLik(f))
  )
)
writeLines(toJSON(out, digits = NA, auto_unbox = TRUE, pretty = TRUE), "reference.json")
