# Sureness of soup tasters in six steps, by fixed effects and with tasters drawn: Rscript reference.R in this folder.
suppressMessages({library(ordinal); library(lme4); library(jsonlite)})
d <- soup[c("RESP", "PROD", "DAY", "SURENESS")]
names(d) <- c("taster", "product", "day", "sureness")
d <- transform(d, product = as.integer(product == "Test"), day = as.integer(day == 2))
write.csv(d, "data.csv", row.names = FALSE, quote = FALSE)
d <- transform(d, taster = factor(taster), sure = as.integer(as.integer(sureness) >= 5))
told <- function(fit) {
  rows <- coef(summary(fit))
  found <- list(term = rownames(rows), estimate = unname(rows[, "Estimate"]), std_error = unname(rows[, "Std. Error"]),
                log_likelihood = as.numeric(logLik(fit)))
  if (inherits(fit, "clmm")) found$covariance <- unname(matrix(VarCorr(fit)$taster, nrow(VarCorr(fit)$taster)))
  found
}
mixed <- function(formula, family) {
  fit <- glmer(formula, d, family, control = glmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-9), tolPwrss = 1e-12))
  rows <- coef(summary(fit))
  spread <- as.data.frame(VarCorr(fit))
  list(term = rownames(rows), estimate = unname(rows[, 1]), std_error = unname(rows[, 2]), log_likelihood = as.numeric(logLik(fit)),
       sd = spread$sdcor[is.na(spread$var2)], correlation = spread$sdcor[!is.na(spread$var2)])
}
fine <- clmm.control(gradTol = 1e-5)
out <- list(
  R = R.version.string, packages = as.list(sapply(c("ordinal", "lme4"), function(p) as.character(packageVersion(p)))),
  reference = list(
    clm_logit = told(clm(sureness ~ product + day, data = d, control = list(gradTol = 1e-10))),
    clm_probit = told(clm(sureness ~ product + day, data = d, link = "probit", control = list(gradTol = 1e-10))),
    clmm = told(clmm(sureness ~ product + day + (1 | taster), data = d, control = fine)),
    clmm_slopes = told(clmm(sureness ~ product + day + (1 + product | taster), data = d, control = fine)),
    clmm_slopes_probit = told(clmm(sureness ~ product + day + (1 + product | taster), data = d, link = "probit", control = fine)),
    glmer_slopes = mixed(sure ~ product + day + (1 + product | taster), binomial),
    glmer_uncorrelated = mixed(sure ~ product + day + (1 + product || taster), binomial)
  )
)
writeLines(toJSON(out, digits = NA, auto_unbox = TRUE, pretty = TRUE), "reference.json")
