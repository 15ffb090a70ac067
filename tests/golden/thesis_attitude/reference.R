# What theses ask for, of attitude and swiss (both in R's datasets): Rscript reference.R FOLDER, from tests/golden.
suppressMessages({library(psych); library(nortest); library(car); library(lmtest); library(jsonlite)})
folder <- commandArgs(TRUE)[1]
if (basename(folder) == "thesis_attitude") {
  d <- attitude; y <- "rating"; x <- c("complaints", "learning", "advance"); items <- c("complaints", "privileges", "learning", "raises")
} else {
  d <- swiss; names(d) <- gsub("[.]", "_", names(d)); y <- "Fertility"; x <- c("Agriculture", "Education", "Catholic")
  items <- c("Agriculture", "Fertility", "Catholic", "Infant_Mortality")
}
write.csv(d, file.path(folder, "data.csv"), row.names = FALSE)
d <- read.csv(file.path(folder, "data.csv"))
fit <- lm(reformulate(x, y), d)
s <- summary(fit); e <- resid(fit)
k <- suppressWarnings(psych::alpha(d[items], check.keys = FALSE))
total <- rowSums(d[items])
standard <- lm(reformulate(x, y), as.data.frame(scale(d)))
glejser <- summary(lm(reformulate(x, "abs(e)"), cbind(d, e = e)))$coefficients
lin <- sapply(x, function(v) { a <- anova(lm(reformulate(v, y), d), lm(reformulate(sprintf("factor(%s)", v), y), d))
  c(a$F[2], a$Df[2], a$Res.Df[2], a$`Pr(>F)`[2]) })
m <- x[2]
first <- summary(lm(reformulate(x[c(1, 3)], m), d))$coefficients; second <- summary(lm(reformulate(x, y), d))$coefficients
a <- first[x[1], 1:2]; b <- second[m, 1:2]; se <- sqrt(a[1]^2 * b[2]^2 + b[1]^2 * a[2]^2)
shapiro <- shapiro.test(e); lillie <- lillie.test(e); bp <- bptest(fit); reset <- resettest(fit, power = 2:3, type = "fitted")
out <- list(y = y, x = x, items = items,
  item_total = unname(sapply(items, function(i) cor(d[[i]], total))), corrected = unname(k$item.stats$r.drop),
  alpha = k$total$raw_alpha, if_dropped = unname(k$alpha.drop$raw_alpha),
  coefficients = unname(s$coefficients), beta = unname(coef(standard)[-1]), r_square = s$r.squared, r_adjusted = s$adj.r.squared,
  sigma = s$sigma, f = unname(s$fstatistic), vif = unname(vif(fit)), lilliefors = c(lillie$statistic, lillie$p.value),
  shapiro = unname(c(shapiro$statistic, shapiro$p.value)), bp = unname(c(bp$statistic, bp$p.value)),
  reset = unname(c(reset$statistic, reset$p.value)), glejser = unname(glejser), linearity = unname(lin),
  dw = unname(dwtest(fit)$statistic), sobel = unname(c(a[1] * b[1], se, a[1] * b[1] / se)))
versions <- sapply(c("psych", "nortest", "car", "lmtest"), function(p) as.character(packageVersion(p)))
write_json(list(R = R.version.string, packages = as.list(versions), reference = out), file.path(folder, "reference.json"),
           digits = NA, auto_unbox = TRUE, pretty = TRUE)
