# Cox's model with ties by Efron and errors by patient; run by Rscript in this folder.
library(survival)
d <- transform(kidney, weeks = ceiling(time / 7))
write.csv(d[c("id", "time", "weeks", "status", "age", "sex", "disease")], "data.csv", row.names = FALSE)
told <- function(f) list(
  estimate = unname(coef(f)), robust = unname(sqrt(diag(vcov(f)))),
  naive = if (is.null(f$naive.var)) unname(sqrt(diag(vcov(f)))) else unname(sqrt(diag(f$naive.var)))
)
fits <- list(
  days = told(coxph(Surv(time, status) ~ age + sex, d, cluster = id)),
  weeks = told(coxph(Surv(weeks, status) ~ age + sex, d, cluster = id)),
  weeks_by_disease = told(coxph(Surv(weeks, status) ~ age + sex + strata(disease), d, cluster = id))
)
number <- function(x) paste0("[", paste(format(x, digits = 15), collapse = ", "), "]")
one <- function(f) paste0("{", paste(sprintf('"%s": %s', names(f), sapply(f, number)), collapse = ", "), "}")
version <- paste(R.version.string, "survival", packageVersion("survival"))
body <- paste(sprintf('"%s": %s', names(fits), sapply(fits, one)), collapse = ",\n ")
cat(sprintf('{"version": "%s",\n "reference": {%s}}\n', version, body), file = "reference.json")
