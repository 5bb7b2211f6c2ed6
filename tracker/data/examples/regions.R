url <- "http://127.0.0.1:8000/data/answers.csv"
answers <- read.csv(url, encoding = "UTF-8", na.strings = "")
settled <- subset(answers, answer %in% c("yes", "partial", "no"))
print(table(settled$region, settled$answer))
