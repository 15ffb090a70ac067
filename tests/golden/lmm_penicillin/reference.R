# Crossed random effects of Penicillin: Rscript reference.R in this folder.
suppressMessages({library(lme4); library(jsonlite)})
d <- transform(Penicillin, plate = as.character(plate), sample = as.character(sample))
write.csv(d, "data.csv", row.names = FALSE, quote = FALSE)
fine <- lmerControl(optCtrl = list(xtol_abs = 1e-12, ftol_abs = 1e-14))
told <- function(reml) {
  fit <- lmer(diameter ~ 1 + (1 | plate) + (1 | sample), d, REML = reml, control = fine)
  list(
    criterion = if (reml) REMLcrit(fit) else deviance(fit), estimate = unname(fixef(fit)),
    std_error = unname(sqrt(diag(as.matrix(vcov(fit))))),
    sd = as.list(setNames(as.data.frame(VarCorr(fit))$sdcor, as.data.frame(VarCorr(fit))$grp)),
    sample = as.list(setNames(ranef(fit)$sample[[1]], rownames(ranef(fit)$sample)))
  )
}
out <- list(
  R = R.version.string, packages = list(lme4 = as.character(packageVersion("lme4"))),
  reference = list(REML = told(TRUE), ML = told(FALSE))
)
writeLines(toJSON(out, digits = NA, auto_unbox = TRUE, pretty = TRUE), "reference.json")
