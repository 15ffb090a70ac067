# Counts with exposure of MASS::Insurance and MASS::ships: Rscript reference.R FOLDER, from tests/golden.
suppressMessages({library(MASS); library(sandwich); library(jsonlite)})
folder <- commandArgs(TRUE)[1]
if (basename(folder) == "counts_insurance") {
  d <- data.frame(y = Insurance$Claims, exposure = Insurance$Holders, a = as.integer(Insurance$Group),
                  b = as.integer(Insurance$Age), cluster = as.character(Insurance$District))
} else {
  s <- subset(ships, service > 0)
  d <- data.frame(y = s$incidents, exposure = s$service, a = as.integer(s$type), b = as.integer(as.character(s$year)),
                  cluster = paste(s$type, s$period))
}
write.csv(d, file.path(folder, "data.csv"), row.names = FALSE)
d <- read.csv(file.path(folder, "data.csv"))
f <- y ~ factor(a) + factor(b) + offset(log(exposure))
fit <- glm(f, poisson, d, epsilon = 1e-14, maxit = 100)
quasi <- glm(f, quasipoisson, d, epsilon = 1e-14, maxit = 100)
d$any <- as.integer(d$y > median(d$y))
logit <- glm(any ~ log(exposure), binomial, d, epsilon = 1e-14, maxit = 100)
say <- function(fit, v) list(term = names(coef(fit)), estimate = unname(coef(fit)), std_error = unname(sqrt(diag(v))))
out <- list(
  poisson = say(fit, vcov(fit)), quasi = say(quasi, vcov(quasi)), dispersion = summary(quasi)$dispersion,
  HC1 = say(fit, vcovHC(fit, "HC1")), CR1 = say(fit, vcovCL(fit, ~ cluster, type = "HC1", cadjust = TRUE)),
  log_likelihood = as.numeric(logLik(fit)), deviance = deviance(fit),
  logit = say(logit, vcov(logit)), logit_CR1 = say(logit, vcovCL(logit, ~ cluster, type = "HC1", cadjust = TRUE)),
  logit_log_likelihood = as.numeric(logLik(logit))
)
versions <- sapply(c("MASS", "sandwich"), function(p) as.character(packageVersion(p)))
write_json(list(R = R.version.string, packages = as.list(versions), reference = out), file.path(folder, "reference.json"),
           digits = NA, auto_unbox = TRUE, pretty = TRUE)
