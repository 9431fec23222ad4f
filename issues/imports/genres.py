"""What reference managers and feeds call the types of documents, and which of ours each is."""

from .kinds import simple

WORDS = {
    "news": "newspaper article, magazine article, article newspaper, article magazine, news, nws, mgzn, "
    "broadcast, radio broadcast, tv broadcast, podcast, magazine",
    "official_statement": "press release, speech, hearing, interview, press, statement, communique",
    "treaty_text": "treaty, statute, bill, legislation, legal case, stat, standard, law, agreement, regulation",
    "analysis": "journal article, article journal, article, jour, report, rprt, book, book section, "
    "chapter, inbook, incollection, conference paper, inproceedings, paper conference, conf, "
    "cpaper, thesis, phdthesis, mastersthesis, thes, blog post, post weblog, blog, web page, "
    "webpage, website, elec, manuscript, unpublished, unpb, document, gen, misc, techreport, "
    "preprint, manual, booklet, proceedings, chap, edbook, online, post, dataset, encyclopedia "
    "article, entry encyclopedia, dictionary entry, entry dictionary, entry",
}
# {name of a type, as names are compared: the kind of briefing}
GENRES = {simple(word): value for value, words in WORDS.items() for word in words.split(", ")}
