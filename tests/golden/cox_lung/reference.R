# Survival of patients with lung cancer, by Cox's model and by quantiles of the curve: Rscript reference.R in this folder.
suppressMessages({library(survival); library(jsonlite)})
d <- na.omit(lung[c("inst", "time", "status", "age", "sex", "ph.ecog")])
names(d) <- c("institution", "time", "status", "age", "sex", "ecog")
d$status <- d$status - 1
write.csv(d, "data.csv", row.names = FALSE, quote = FALSE)
fine <- coxph.control(eps = 1e-11)
told <- function(f) list(
  estimate = unname(coef(f)), std_error = unname(sqrt(diag(vcov(f)))),
  naive = if (is.null(f$naive.var)) NULL else unname(sqrt(diag(f$naive.var)))
)
curve <- survfit(Surv(time, status) ~ sex, d, conf.type = "log-log")
ends <- quantile(curve, c(0.25, 0.5))
out <- list(
  R = R.version.string, packages = list(survival = as.character(packageVersion("survival"))),
  reference = list(
    by_institution = told(coxph(Surv(time, status) ~ age + sex + ecog, d, cluster = institution, control = fine)),
    by_sex = told(coxph(Surv(time, status) ~ age + ecog + strata(sex), d, cluster = institution, control = fine)),
    quantiles = list(days = ends$quantile, low = ends$lower, high = ends$upper)
  )
)
writeLines(toJSON(out, digits = NA, auto_unbox = TRUE, pretty = TRUE), "reference.json")
