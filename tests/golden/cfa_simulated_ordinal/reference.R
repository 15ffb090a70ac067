# Two factors of seven answers of three to five options, some of them rare: Rscript reference.R in this folder.
suppressMessages({library(lavaan); library(jsonlite)})
set.seed(20240817)
n <- 350
factors <- matrix(rnorm(2 * n), n) %*% chol(matrix(c(1, 0.45, 0.45, 1), 2))
loading <- c(0.55, 0.65, 0.75, 0.85, 0.5, 0.7, 0.8)
cuts <- list(c(-1.6, -0.9, 0.1, 1.1), c(-1.2, 0, 1.3), c(-2, -1.2, -0.3, 0.8), c(-0.5, 0.9), c(-1, 0.2, 1.6), c(0.4, 1.2, 2), c(-0.8, 0.6))
d <- as.data.frame(lapply(1:7, function(j)
  1L + findInterval(loading[j] * factors[, if (j <= 4) 1 else 2] + sqrt(1 - loading[j]^2) * rnorm(n), cuts[[j]])))
names(d) <- c("a1", "a2", "a3", "a4", "b1", "b2", "b3")
write.csv(d, "data.csv", row.names = FALSE, quote = FALSE)
fit <- cfa("a =~ a1 + a2 + a3 + a4\n b =~ b1 + b2 + b3", data = d, ordered = names(d), estimator = "WLSMV", std.lv = TRUE)
found <- parameterEstimates(fit)
of <- c("chisq", "df", "chisq.scaled", "cfi.scaled", "tli.scaled", "rmsea.scaled", "rmsea.ci.lower.scaled",
        "rmsea.ci.upper.scaled", "srmr", "baseline.chisq.scaled")
out <- list(
  R = R.version.string, packages = list(lavaan = as.character(packageVersion("lavaan"))),
  reference = list(
    polychoric = unclass(lavInspect(fit, "sampstat")$cov), fit = as.list(fitMeasures(fit, of)),
    params = found[found$op %in% c("=~", "~~", "|"), c("lhs", "op", "rhs", "est", "se")]
  )
)
writeLines(toJSON(out, digits = NA, auto_unbox = TRUE, pretty = TRUE), "reference.json")
