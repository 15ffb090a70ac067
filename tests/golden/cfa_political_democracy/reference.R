# Three factors of Bollen's political democracy, plain and robust: Rscript reference.R in this folder.
suppressMessages({library(lavaan); library(jsonlite)})
d <- PoliticalDemocracy
write.csv(d, "data.csv", row.names = FALSE, quote = FALSE)
model <- "ind60 =~ x1 + x2 + x3\n dem60 =~ y1 + y2 + y3 + y4\n dem65 =~ y5 + y6 + y7 + y8"
of <- c("chisq", "df", "pvalue", "cfi", "tli", "rmsea", "rmsea.ci.lower", "rmsea.ci.upper", "srmr", "chisq.scaled",
        "chisq.scaling.factor", "cfi.robust", "tli.robust", "rmsea.robust")
told <- function(...) {
  fit <- cfa(model, data = d, ...)
  found <- parameterEstimates(fit, standardized = TRUE)
  list(
    fit = as.list(fitMeasures(fit, intersect(of, names(fitMeasures(fit))))),
    params = found[found$op %in% c("=~", "~~"), c("lhs", "op", "rhs", "est", "se", "std.all")]
  )
}
out <- list(
  R = R.version.string, packages = list(lavaan = as.character(packageVersion("lavaan"))),
  reference = list(ml = told(), mlr = told(estimator = "MLR"))
)
writeLines(toJSON(out, digits = NA, auto_unbox = TRUE, pretty = TRUE), "reference.json")
