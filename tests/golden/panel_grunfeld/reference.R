# Panel regressions of Grunfeld and of EmplUK: Rscript reference.R FOLDER, once for each, from tests/golden.
suppressMessages({library(plm); library(sandwich); library(clubSandwich); library(jsonlite)})
folder <- commandArgs(TRUE)[1]
if (basename(folder) == "panel_grunfeld") {
  data(Grunfeld, package = "plm"); d <- Grunfeld
  names(d) <- c("entity", "year", "y", "x", "z")
} else {
  data(EmplUK, package = "plm")
  d <- data.frame(entity = EmplUK$firm, year = EmplUK$year, y = log(EmplUK$emp), x = log(EmplUK$wage),
                  z = log(EmplUK$capital), sector = EmplUK$sector)
}
d$w <- 1 + (seq_len(nrow(d)) %% 7)
d$cluster <- if ("sector" %in% names(d)) d$sector else d$entity
write.csv(d, file.path(folder, "data.csv"), row.names = FALSE)
d <- read.csv(file.path(folder, "data.csv"))
of <- c("x", "z")
row <- function(fit, v) list(estimate = unname(coef(fit)[of]), std_error = unname(sqrt(diag(v)[of])))
cr2 <- function(fit, cluster) {
  test <- coef_test(fit, vcov = "CR2", cluster = cluster, test = "Satterthwaite")
  at <- match(of, rownames(test))
  list(estimate = test$beta[at], std_error = test$SE[at], df = test$df_Satt[at], p_value = test$p_Satt[at])
}
models <- list(pooled = y ~ x + z, entity = y ~ x + z + factor(entity), two_way = y ~ x + z + factor(entity) + factor(year))
out <- list()
for (name in names(models)) for (weighted in c(FALSE, TRUE)) {
  fit <- if (weighted) lm(models[[name]], d, weights = w) else lm(models[[name]], d)
  key <- paste0(name, if (weighted) "_weighted" else "")
  out[[key]] <- list(
    iid = row(fit, vcov(fit)), HC1 = row(fit, vcovHC(fit, "HC1")), HC2 = row(fit, vcovHC(fit, "HC2")),
    HC3 = row(fit, vcovHC(fit, "HC3")), CR2 = cr2(fit, d$cluster), r2 = summary(fit)$r.squared
  )
}
p <- pdata.frame(d, index = c("entity", "year"))
within <- plm(y ~ x + z, p, model = "within")
random <- plm(y ~ x + z, p, model = "random", random.method = "swar")
test <- phtest(within, random)
names_random <- c("(Intercept)", of)
out$random <- list(
  estimate = unname(coef(random)[names_random]), std_error = unname(sqrt(diag(vcov(random)))[names_random]),
  sigma_entity = unname(sqrt(random$ercomp$sigma2["id"])), sigma_rest = unname(sqrt(random$ercomp$sigma2["idios"])),
  hausman = unname(test$statistic), hausman_df = unname(test$parameter), hausman_p = unname(test$p.value)
)
versions <- sapply(c("plm", "sandwich", "clubSandwich"), function(p) as.character(packageVersion(p)))
write_json(list(R = R.version.string, packages = as.list(versions), reference = out), file.path(folder, "reference.json"),
           digits = NA, auto_unbox = TRUE, pretty = TRUE)
