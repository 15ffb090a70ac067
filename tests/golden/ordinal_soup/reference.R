# Sureness of soup tasters in six steps, by fixed effects and with tasters drawn: Rscript reference.R in this folder.
suppressMessages({library(ordinal); library(jsonlite)})
d <- soup[c("RESP", "PROD", "DAY", "SURENESS")]
names(d) <- c("taster", "product", "day", "sureness")
write.csv(d, "data.csv", row.names = FALSE, quote = FALSE)
d$taster <- factor(d$taster)
told <- function(fit) {
  rows <- coef(summary(fit))
  found <- list(term = rownames(rows), estimate = unname(rows[, "Estimate"]), std_error = unname(rows[, "Std. Error"]),
                log_likelihood = as.numeric(logLik(fit)))
  if (inherits(fit, "clmm")) found$variance <- unname(unlist(VarCorr(fit)))
  found
}
fine <- clmm.control(gradTol = 1e-5)
out <- list(
  R = R.version.string, packages = list(ordinal = as.character(packageVersion("ordinal"))),
  reference = list(
    clm_logit = told(clm(sureness ~ product + day, data = d, control = list(gradTol = 1e-10))),
    clm_probit = told(clm(sureness ~ product + day, data = d, link = "probit", control = list(gradTol = 1e-10))),
    clmm = told(clmm(sureness ~ product + day + (1 | taster), data = d, control = fine))
  )
)
writeLines(toJSON(out, digits = NA, auto_unbox = TRUE, pretty = TRUE), "reference.json")
