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
# Each institution left out in turn, about the estimate of all.
left_out <- function(formula) {
  whole <- coef(coxph(formula, d, control = fine))
  moved <- sapply(unique(d$institution), function(i) coef(coxph(formula, d[d$institution != i, ], control = fine)) - whole)
  g <- ncol(moved)
  list(std_error = unname(sqrt(rowSums(moved^2) * (g - 1) / g)), n = g)
}
curve <- survfit(Surv(time, status) ~ sex, d, conf.type = "log-log")
ends <- quantile(curve, c(0.25, 0.5))
out <- list(
  R = R.version.string, packages = list(survival = as.character(packageVersion("survival"))),
  reference = list(
    by_institution = told(coxph(Surv(time, status) ~ age + sex + ecog, d, cluster = institution, control = fine)),
    by_sex = told(coxph(Surv(time, status) ~ age + ecog + strata(sex), d, cluster = institution, control = fine)),
    left_out_by_institution = left_out(Surv(time, status) ~ age + sex + ecog),
    left_out_by_sex = left_out(Surv(time, status) ~ age + ecog + strata(sex)),
    quantiles = list(days = ends$quantile, low = ends$lower, high = ends$upper)
  )
)
writeLines(toJSON(out, digits = NA, auto_unbox = TRUE, pretty = TRUE), "reference.json")
