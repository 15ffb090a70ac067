# Thirteen trials of the BCG vaccine, pooled: Rscript reference.R in this folder.
suppressMessages({library(metafor); library(jsonlite)})
d <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
d <- data.frame(trial = d$trial, latitude = d$ablat, yi = as.numeric(d$yi), vi = as.numeric(d$vi))
write.csv(format(d, digits = 17, trim = TRUE), "data.csv", row.names = FALSE, quote = FALSE)
d <- read.csv("data.csv")
fine <- list(threshold = 1e-12, tol = 1e-12, maxiter = 1000)
told <- function(method, ...) {
  fit <- rma(yi, vi, data = d, method = method, control = fine, ...)
  list(
    estimate = as.numeric(fit$beta), std_error = fit$se, tau2 = fit$tau2, i2 = fit$I2, q = fit$QE, q_p = fit$QEp,
    pooled = blup(fit)$pred, pooled_std_error = blup(fit)$se
  )
}
methods <- c("REML", "ML", "DL", "PM")
out <- list(
  R = R.version.string, packages = list(metafor = as.character(packageVersion("metafor"))),
  reference = c(sapply(methods, told, simplify = FALSE), list(by_latitude = told("REML", mods = ~ latitude)))
)
writeLines(toJSON(out, digits = NA, auto_unbox = TRUE, pretty = TRUE), "reference.json")
