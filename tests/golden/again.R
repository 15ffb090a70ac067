# Fits anew what the four folders below hold that have no script of their own, and stops where a number is
# another: Rscript again.R in tests/golden, with lme4, ordinal, lavaan, metafor and jsonlite.
suppressMessages({library(lme4); library(ordinal); library(lavaan); library(metafor); library(jsonlite)})
reference <- function(name) fromJSON(file.path(name, "reference.json"), simplifyDataFrame = TRUE)$reference
data_of <- function(name) read.csv(file.path(name, "data.csv"))
same <- function(what, here, there, rel = 1e-6) {
  here <- as.numeric(unlist(here)); there <- as.numeric(unlist(there))
  stopifnot(length(here) == length(there), length(here) > 0)
  apart <- max(abs(here - there) / pmax(abs(there), 1e-3))
  cat(sprintf("%-55s %3d numbers, apart by at most %.1e\n", what, length(here), apart))
  if (!(apart < rel)) stop(what, " differs")
}

d <- data_of("lmm_sleepstudy"); r <- reference("lmm_sleepstudy")
fits <- list(
  random_slope_REML = lmer(Reaction ~ Days + (Days | Subject), d),
  uncorrelated_REML = lmer(Reaction ~ Days + (Days || Subject), d),
  random_slope_ML = lmer(Reaction ~ Days + (Days | Subject), d, REML = FALSE),
  random_intercept_REML = lmer(Reaction ~ Days + (1 | Subject), d)
)
for (name in names(fits)) {
  fit <- fits[[name]]
  same(paste("lmm_sleepstudy", name, "fixed"), coef(summary(fit))[, 1:2], r[[name]]$fixef[c("Estimate", "Std_Error")])
  same(paste("lmm_sleepstudy", name, "theta"), getME(fit, "theta"), r[[name]]$theta, 1e-4)
  same(paste("lmm_sleepstudy", name, "log-likelihood"), as.numeric(logLik(fit)), r[[name]]$logLik)
}

d <- data_of("ordinal_rater_wine"); r <- reference("ordinal_rater_wine")
d <- transform(d, rating = factor(rating), judge = factor(judge))
plain <- clm(rating ~ temp + contact, data = d)
drawn <- clmm(rating ~ temp + contact + (1 | judge), data = d)
same("ordinal_rater_wine clm", coef(summary(plain))[, 1:2], r$clm$coef[c("Estimate", "Std_Error")])
same("ordinal_rater_wine clmm", coef(summary(drawn))[, 1:2], r$clmm_laplace$coef[c("Estimate", "Std_Error")], 1e-4)
same("ordinal_rater_wine clmm, variance", VarCorr(drawn)$judge, r$clmm_laplace$judge_var, 1e-4)

d <- data_of("cfa_holzinger_swineford"); r <- reference("cfa_holzinger_swineford")
model <- "visual =~ x1 + x2 + x3\n textual =~ x4 + x5 + x6\n speed =~ x7 + x8 + x9"
plain <- cfa(model, data = d)
same("cfa_holzinger_swineford ml", fitMeasures(plain, c("chisq", "df", "cfi", "tli", "rmsea", "srmr")),
     r$ml$fit[c("chisq", "df", "cfi", "tli", "rmsea", "srmr")])
same("cfa_holzinger_swineford ml, parameters", parameterEstimates(plain)[c("est", "se")], r$ml$params[c("est", "se")], 1e-5)
same("cfa_holzinger_swineford mlr", fitMeasures(cfa(model, data = d, estimator = "MLR"), c("chisq.scaled", "cfi.robust")),
     r$mlr$fit[c("chisq.scaled", "cfi.robust")])
for (step in 1:3) {
  fit <- cfa(model, data = d, group = "school", group.equal = list("none", "loadings", c("loadings", "intercepts"))[[step]])
  name <- c("configural", "metric", "scalar")[step]
  same(paste("cfa_holzinger_swineford", name), fitMeasures(fit, c("chisq", "cfi", "rmsea")),
       r$invariance_school[[name]][c("chisq", "cfi", "rmsea")])
}

d <- data_of("gsps_indonesia"); r <- reference("gsps_indonesia")
for (name in names(r)) {
  one <- d[d$case == name & !is.na(d$se) & d$se > 0 & !is.na(d$mean), ]
  fit <- rma(mean, sei = se, data = one)
  same(paste("gsps_indonesia", name), c(fit$beta, fit$se, fit$tau2, fit$QE, fit$I2), r[[name]]$reml[c("mu", "se", "tau2", "Q", "I2")])
  same(paste("gsps_indonesia", name, "pooled"), blup(fit)$pred, r[[name]]$blup$blup)
}
versions <- sapply(c("lme4", "ordinal", "lavaan", "metafor"), function(p) as.character(packageVersion(p)))
cat("all as stored;", R.version.string, paste(names(versions), versions, collapse = ", "), "\n")
