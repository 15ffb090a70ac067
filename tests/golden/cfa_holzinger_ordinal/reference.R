suppressMessages(library(lavaan))
d <- HolzingerSwineford1939
items <- paste0("x", 1:9)
o <- as.data.frame(lapply(d[items], function(x) as.integer(cut(x, quantile(x, c(0, .15, .4, .75, 1)), include.lowest = TRUE))))
o$school <- d$school
write.csv(o, "data.csv", row.names = FALSE, quote = FALSE)
model <- "visual =~ x1 + x2 + x3\n textual =~ x4 + x5 + x6\n speed =~ x7 + x8 + x9"
fit <- cfa(model, data = o, ordered = items, estimator = "WLSMV", std.lv = TRUE)
pe <- parameterEstimates(fit)
out <- list(
  polychoric = unclass(lavInspect(fit, "sampstat")$cov),
  thresholds = as.list(lavInspect(fit, "sampstat")$th),
  fit = as.list(fitMeasures(fit, c("chisq","df","chisq.scaled","pvalue.scaled","chisq.scaling.factor","cfi","tli","rmsea","cfi.scaled","tli.scaled","rmsea.scaled","rmsea.ci.lower.scaled","rmsea.ci.upper.scaled","srmr","baseline.chisq","baseline.chisq.scaled"))),
  shift = fit@test[[2]]$shift.parameter,
  params = pe[pe$op %in% c("=~","~~","|"), c("lhs","op","rhs","est","se")])
# strict invariance and scaled difference, not in the founders' reference
strict <- cfa(model, data = d, group = "school", group.equal = c("loadings","intercepts","residuals"))
out$strict <- as.list(fitMeasures(strict, c("npar","chisq","df","cfi","tli","rmsea","srmr")))
m0 <- cfa(model, data=d, group="school", estimator="MLR"); m1 <- cfa(model, data=d, group="school", group.equal="loadings", estimator="MLR"); m2 <- cfa(model, data=d, group="school", group.equal=c("loadings","intercepts"), estimator="MLR"); m3 <- cfa(model, data=d, group="school", group.equal=c("loadings","intercepts","residuals"), estimator="MLR")
lrt <- lavTestLRT(m0,m1,m2,m3, method="satorra.bentler.2001")
out$scaled_steps <- as.data.frame(lrt)
out$mlr_groups <- lapply(list(configural=m0,metric=m1,scalar=m2,strict=m3), function(f) as.list(fitMeasures(f, c("chisq","df","chisq.scaled","chisq.scaling.factor","cfi.robust","rmsea.robust","srmr"))))
f1 <- cfa(model, data=d, estimator="MLR")
out$mlr_one <- as.list(fitMeasures(f1, c("rmsea.ci.lower.robust","rmsea.ci.upper.robust","cfi.robust","tli.robust","rmsea.robust")))
writeLines(jsonlite::toJSON(out, digits=NA, auto_unbox=TRUE, pretty=TRUE), "reference.json")
