"""The vocabulary of such interviews: words that mean the same, and the form of a question.

A term of a concept may be several words. Words are compared by their stems, so ``delay`` stands for
``delayed`` and ``delays`` too. A word may belong to several concepts.
"""

from __future__ import annotations

import re
import unicodedata

_CONCEPTS = {
    "load": """qps, rps, tps, traffic, load, throughput, volume, request, per second, request rate,
        calls, call rate, hits per second, hammered, workload, scale, bandwidth, demand, capacity""",
    "count": """how many, how much, number, count, size, how big, how large, large, big, quantity,
        amount, total, ballpark, roughly, order of magnitude, approximately, figure""",
    "people": """user, customer, people, person, member, audience, shopper, viewer, visitor, consumer,
        subscriber, buyer, cardholder, population, user base, public, somebody, someone, individual""",
    "active": "dau, mau, wau, daily active, monthly active, active user, daily, on a day, each day",
    "latency": """latency, millisecond, ms, response time, sla, slo, p99, p95, percentile, respond,
        reply, time budget, time limit, latency budget, how fast, how quickly, quick, be returned,
        return an, time to answer,
        how soon must, fast, speed, within what time, deadline, slow, time constraint, snappy""",
    "realtime": """real time, realtime, batch, online or, offline, overnight, precompute, nightly,
        in advance, synchronous, asynchronous, on the fly, streaming, instantly, once a day,
        online or batch, online or offline, batch or""",
    "peak": """peak, spike, spiky, surge, rush, seasonal, seasonality, season, fluctuate, pattern,
        weekend, weekday, holiday, christmas, black friday, evening, busy, time of day, over the day,
        through the day, during the day, summer, winter, on average hour, peak to average, than average, off-peak, constant, uneven,
        bursty, burst, sale day, cyclical, hour of the day, stable, vary, variation, rhythm,
        cycle, night""",
    "goal": """goal, objective, optimise, maximise, minimise, aim, kpi, success, successful, purpose,
        achieve, north star, primary, business goal, outcome, mission, priority, main goal, intent,
        business objective, business problem, trying to, motivation, care most""",
    "metric": "metric, measure, measured, kpi, indicator",
    "guard": """guardrail, secondary, get worse, worse, hurt, harm, protect, side effect, degrade the,
        constraint, unacceptable, sacrifice, must not, counter metric, negative effect, trade off,
        collateral, apart from, besides, damage, in exchange, downside, annoy, user experience""",
    "diversity": """diversity, diverse, variety, varied, niche, popular, popularity, blockbuster,
        crowd, dominate, monopolise, all the same, alike, exposure, novelty, serendipity, coverage,
        bestseller, mainstream, filter bubble, mix of""",
    "fair": "fairness, fair, unfair, group, disadvantage, discriminate, equal, bias against, harsh",
    "label": """label, labelled, positive, ground truth, annotation, annotated, target variable, class,
        supervision, supervise, training target, tagged, truth""",
    "rarity": """imbalance, imbalanced, unbalanced, rare, rarity, skew, skewed, share, fraction,
        proportion, percentage, percent, rate, ratio, balance, prevalence, base rate, ctr, sparse,
        sparsity, out of a hundred, out of a thousand, in a thousand, portion, part of, how often,
        density, frequency, class distribution, common""",
    "delay": """delay, late, lag, arrive, come in, how soon, after how, feedback, immediately, wait,
        straight away, right away, attribution, turnaround, time passes, eventually, find out, learn
        of, hear back, come back, become known, later, how much time, pass between, mature""",
    "define": """define, definition, count as, counts as, counted, treat as, regard, what exactly,
        exactly, consider, qualify, what makes, constitute, meaning of, mean by, criterion, criteria,
        decide that""",
    "history": """history, historical, log, logged, logging, past, archive, retention, retain, kept,
        far back, training data, period, store, record, dataset, data set, collect, clickstream,
        months of, years of, days of, old is, timestamp, time span, volume of data, available data,
        what data, kind of data, data available, data do""",
    "feature": """feature, attribute, field, column, signal, input, information, know about, know of,
        metadata, describe, property, characteristic, variable, covariate, context""",
    "quality": """quality, clean, missing, empty, error, wrong, corrupt, noisy, noise, trust, faulty,
        trustworthy, reliable data, unreliable, broken, bug, gap, incomplete, null, nan, inconsistent,
        dirty, messy, accurate, duplicates, outlier, data issue, issue""",
    "cold": """cold start, new, newly, fresh, brand new, newcomer, unseen, joined, sign up, signed up,
        just, recently, no history, without history, without any, no statistics, nobody has, no one,
        first time, unknown, never seen, launch, added, appear, latest, hardly any, upload""",
    "turnover": """turnover, lifetime, lifespan, live, how long does, added every day, come in,
        per day, dynamic, churn, change, expire, appear""",
    "inventory": """inventory, catalogue, catalog, corpus, pool, library, item, product, title,
        document, video, film, movie, content, listing, article, goods, eligible, for sale, assets""",
    "candidate": """candidate, subset, preselect, preselection, shortlist, retrieval, retrieve, first
        stage, score, rank, filter before, funnel, narrow, two stage, upstream, prefilter, ranker,
        per request, per query, for each request, for each query, rate each""",
    "position": """position, slot, place, placement, spot, top, leftmost, first place, order, rank,
        higher up, further down, above, location on, displayed first, look, position bias, bias,
        feed""",
    "retrain": """retrain, train, update, refresh, stale, staleness, drift, schedule, weekly, cadence,
        continuously, online learning, incremental, how frequently, how often, how regularly, model
        from last, old model, distribution shift, relearn, decay, last week, last month, fresh model,
        change over time, learn continuously""",
    "often": "how often, how frequently, how regularly, frequency, cadence, schedule, interval",
    "experiment": """experiment, ab test, split test, experimentation, roll out, rollout, release,
        launch, canary, ship, deployed, deployment, go live, live user, interleave, shadow,
        challenger, alongside, online test, test online, trial, try out, treatment, control group,
        holdout, validated online, production, live traffic, real user""",
    "explore": """explore, exploration, random, randomise, randomly, shuffle, perturb, unbiased,
        propensity, epsilon, bandit, learn about them, uncertain, deliberately, swap""",
    "present": """today, currently, current, existing, present, baseline, incumbent, at the moment,
        right now, now, in place, beat, from scratch, greenfield, replace, already, legacy, status
        quo, compare against, existing system, in production, in use, these days, previous, so far""",
    "device": """device, mobile, desktop, phone, smartphone, tv, television, browser, app, web, client,
        platform, ios, android, tablet, screen, voice, laptop, website, handheld, pc,
        operating system""",
    "region": """country, region, market, global, worldwide, international, domestic, geographic,
        geography, language, multilingual, english, abroad, locale, continent, nation, located, local,
        translate, currency, all over the world, where are, europe, us only, cross border""",
    "privacy": """privacy, gdpr, personal data, personal, consent, legal, law, lawful, data protection,
        sensitive, pseudonymous, anonymise, off limits, right to be forgotten, delete, forbidden, opt
        out, demographic, gender, age, compliance, regulation, protected, regulatory, pii, ccpa,
        permitted to use, allowed to use, allowed to store""",
    "regulated": "regulated, regulator, regulation, regulatory, compliance, audit, auditor, legal",
    "allowed": "may, allowed, permitted, acceptable, ok, okay, fine, permissible, free to, can we",
    "abuse": """bot, robot, crawler, spam, fake, scraper, abuse, invalid, game the, gaming, manipulate,
        non human, script, click farm, malicious, automated, cheat, click fraud, artificial""",
    "failure": """fail, failure, down, outage, crash, time out, timeout, fallback, fall back, plan b,
        degrade, unavailable, availability, uptime, downtime, hang, break, broken, default, backup,
        reliability, fault, resilience, resilient, does not answer, no answer, too slow, disaster,
        goes wrong, dies, dependency, fail open, robust, high availability, incident, nines""",
    "explain": """explain, explanation, explainable, explainability, interpret, interpretable,
        interpretability, black box, transparency, transparent, reason, justify, justification, why,
        reasons, opaque, appeal, accountable, understandable""",
    "team": """team, engineer, developer, maintain, staff, head count, headcount, colleagues, own this,
        owns, on call, data scientist, on the project""",
    "resource": """budget, hardware, gpu, cpu, compute, computing, infrastructure, cluster, tool,
        resource, machine, cost limit, graphics card, money to spend, cloud, stack, tooling, feature
        store, existing platform, servers available""",
    "money": """money, revenue, cost, euro, dollar, expensive, price, loss, lose, profit, financial,
        worth, income, gmv, earn""",
    "purchase": "purchase, buy, sale, order, bought, sold, checkout, conversion, convert, transaction",
    "click": "click, tap, touch, press",
    "calibrated": """probability, probabilities, calibrated, calibration, absolute, relative order,
        actual number, true probability, likelihood""",
    "usage": """used, use, consume, downstream, output, do with, prediction, happens with, score,
        predicted value, consumer, feed into""",
    "auction": "auction, bid, bidding, pay, cpc, cpm, advertiser pay, second price, billing",
    "review": """review, reviewer, human, analyst, manual, manually, by hand, investigator, agent,
        cases, alert, queue, in the loop, investigate, inspect, moderator""",
    "adversary": """fraudster, attacker, criminal, adversary, adversarial, adapt, react, evade, tactic,
        scheme, bad guys, bad actors, sophisticated, workaround, get around, thieves, arms race""",
    "link": """fingerprint, graph, connect, linked, link, in common, belong together, ring, identifier, identify,
        tied, relation, network of, ip address, device id, same device, entity, several cards""",
    "repeat": "watched, already, repeat, twice, again, seen, exclude, rewatch, reappear, consumed",
    "surface": """home page, where shown, which page, slots, row, list length, carousel, layout,
        widget, on the page, page look, notification, email, mail, how many shown, shown, fit, top k,
        displayed, surface, screen space, next page, scroll, hits, second page, results per page""",
    "format": """format, image, picture, photo, creative, carousel, banner, text, look like, types of
        ads, kinds of ads, visual, ad types, media""",
    "query": """query, search term, search for, type in, typed, keyword, search box, searches, phrase,
        words, ask for, look for""",
    "synonym": """synonym, typo, misspelling, spelling, vocabulary, same words, different words,
        mismatch, terms, wording, semantic, lexical, exact match, other names, misspelt, spelt""",
    "judge": """judge, judgement, rater, graded by, graded, grade, relevance, annotator, editorial,
        human labelled, relevance labels, assessor, annotated, gold""",
    "rating": "rating, rate what, rate items, rate them, rated, opinion, star, like, dislike, thumbs, explicit, implicit, feedback, reaction, interact",
    "personal": """personalise, personalised, personalisation, tailor, individual, who is searching,
        same results, logged in, past purchases, for each customer, different people, bought before,
        session""",
    "channel": """in store, online shopping, point of sale, card not present, transfer, atm, cash,
        debit, credit card, wallet, e-commerce, ecommerce, merchant, shop, payment method, wire,
        kinds of payment, contactless, physical""",
    "sum": "amount, sum, ticket size, spend, value of, maximum amount, how much money, basket",
    "action": """action, allow, block, decline, second factor, step up, challenge, 3d secure, otp,
        one time password, approve, verification, verify, possible decisions, intervene, hold,
        friction""",
    "honest": """honest, legitimate, genuine, false positive, false decline, wrongly, insult, good
        customer, false alarm, innocent""",
    "filter": """filter, facet, sort, sponsored, autocomplete, autocompletion, suggestion, paid,
        promoted, narrow the, refine, restrict, in scope""",
    "blocked": """block, blocked, stopped, decline, declined, reject, rejected, refuse, refused, deny,
        turned down, turned away, prevented, stop, accept, approve, let through, pass""",
    "none": """no, without, nothing, never, empty, lack, hardly, zero, none, nobody, no one, anything,
        few, fewer, not yet""",
    "arrival": """added, add, come in, coming in, come into, arrive, arrival, new, adds, upload, fresh,
        each day, per day, every day, a day, incoming, rotate""",
    "found": """found, findable, searchable, appear, visible, show up, can be seen, indexed, index,
        turn up, reflected""",
    "shown": """shown, displayed, display, show, see, presented, impression, seen, expose, appear, view,
        serve""",
    "model": "model, ranker, classifier, system, service, predictor, engine, solution",
    "final": "final, reach the, end up, survive, last stage, handed, hand over, goes into, go into",
    "payment": "payment, transaction, purchase, pay, charge, spend",
    "account": "account, profile, card, registration, membership",
    "sick": "stolen, fraud, fraudulent, suspicious, risky, bad, doubtful, flagged, criminal, scam",
    "average": "average, mean, typical, usually, normal, median, on average, normally, typically",
    "short": "short, long, word, length",
    "wrongly": "wrong, wrongly, mistake, mistaken, by accident, accidental, error, unintentional",
    "play": "play, played, watch, stream, finish, minute, second, autoplay, trailer, begin, start",
    "person_data": "age, gender, demographic, location, personal, profile, name, sensitive",
    "same": "same, identical, everybody, everyone, alike, equal",
    "live": "live, production, real, actual, online",
    "night": "night, overnight, nightly, job, batch, pipeline, morning",
    "side": "alongside, parallel, in parallel, silently, shadow, next to, side by side, compare",
    "page": "page, home, row, list, screen, widget, feed, result",
    "method": """logistic regression, xgboost, lightgbm, gradient boosting, boosted tree, random forest,
        neural, neural network, deep, deep learning, transformer, bert, gpt, llm, two tower, svm, cnn,
        lstm, rnn, gnn, embedding, matrix factorisation, collaborative filtering, kafka, spark, redis,
        cassandra, elasticsearch, solr, lucene, faiss, hnsw, kubernetes, docker, flink, airflow,
        dynamodb, postgres, mysql, smote, downsample, upsample, undersample, oversample, resample,
        negative sampling, cross entropy, hinge, focal loss, loss function, regularisation, dropout,
        algorithm, architecture, classifier, isolation forest, autoencoder, knn, nearest neighbour,
        hashing, one hot, target encoding, lambdamart, bm25, tf idf, word2vec, ann, hyperparameter,
        learning rate, ensemble, linear model, tree, normalised entropy, ndcg, auc, precision,
        recall, f1, log loss, accuracy, rmse, database, sql, nosql, shard, replica, cache, load
        balancer, microservice, pytorch, tensorflow, onnx, vector database, pointwise, pairwise,
        listwise, python, java, attention, clustering, wide and deep, dcn, deepfm, thompson""",
}  # fmt: skip

_FORMS = {
    "ask for solution": r"\b(would|do|did|will|could|can) you (\w+ )?(use|choose|pick|recommend|"
    r"suggest|solve|handle|design|build|deal|prefer|approach|train|model|go|advise|store|scale|"
    r"implement|combine|tackle|write|draw|like|think)\b|\bwould you do\b|\b(should|shall|do|"
    r"would) i (use|choose|pick|take|go|try|train|build|apply|store|treat|handle|deal|encode|split|"
    r"weight|calibrate|normalise|downsample|oversample|upsample|undersample|correct|avoid|compute|set|"
    r"scale|evaluate|do|say|talk|add|start|put|cache|shard|combine|tune|need)\b|\bshould we (use|train|build|pick|choose|go|apply|try|store|shard|deploy)\b|"
    r"\b(best|better|ideal|right|optimal|good) (model|algorithm|way|choice|approach|metric|loss|tool|"
    r"architecture|database|solution|answer|option|evaluation|objective|embedding)|\b(better|faster)"
    r" than\b|^(is|are|was|would) [\w ]+ (better|faster|a good|the right|enough data)\b|"
    r"\bhow (do|would|should|can|could) (i|you|one)\b|\bwhich (model|algorithm|loss|architecture|"
    r"database|method|classifier|objective)\b|\bwhat (model|algorithm|loss|architecture|database)\b"
    r"|\bhow many (server|replica|machine|shard|node|instance|worker|partition|gpu)s? (do|would|"
    r"will|should|are needed)\b|\bdo i need\b|\bhow much (memory|storage|disk|ram)\b",
    "ask about me": r"\b(am i|my (answer|design|idea|approach|solution|plan)|are you|do you (like|work)"
    r"|your (name|job|favourite|company|opinion|experience))\b|\b(give|tell) me (a|the) (hint|tip|"
    r"answer|solution)|\b(hint|tip|advice)\b",
    "propose": r"^(so |then |ok |okay |well |first |now )*(i would|i will|i am going|i propose|i "
    r"suggest|i think|i would like to (use|start|begin|propose|draw|go|build|train|talk|discuss)|"
    r"i believe|i assume|my |we (can|could|should|will|would|need)|let me|let us|the (model|first "
    r"stage|system|ranker|service|plan|design) (will|would|should|is|has)|you (can|could|should))",
    "ask for a term": r"^(what (is|are|does) (a |an |the )?[\w-]+( [\w-]+)?( mean)?$|(please )?explain "
    r"|can you explain|define |describe how)|how do(es)? (google|youtube|netflix|amazon|facebook|meta"
    r"|tiktok|uber|spotify|others|other companies)\b|\bhow (does|do) [\w ]+ work$",
}  # fmt: skip
FORMS = {name: re.compile(pattern) for name, pattern in _FORMS.items()}

_STOP = """
    a an the is are was be been do does did we you they it its this that these those of for to in on
    at by with from and or our your i me my there have has had how what which when who where much
    many can could should would will must may per any some us one not no if into as than so please
    then also about just really exactly get gets got us them their his her he she here kind sort of
    like am were being more most very too s t re ve ll d let need want make makes
"""
STOP = frozenset(_STOP.split())

_CONTRACTIONS = (
    (re.compile(r"[’`´]"), "'"),
    (re.compile(r"\bwon't\b"), "will not"),
    (re.compile(r"\bcan't\b"), "can not"),
    (re.compile(r"n't\b"), " not"),
    (re.compile(r"\b(i|we|you|they)'d\b"), r"\1 would"),
    (re.compile(r"'ll\b"), " will"),
    (re.compile(r"'ve\b"), " have"),
    (re.compile(r"'re\b"), " are"),
    (re.compile(r"\bi'm\b"), "i am"),
    (re.compile(r"\blet's\b"), "let us"),
    (re.compile(r"\b(what|who|where|when|how|there|that|it|here)'s\b"), r"\1 is"),
    (re.compile(r"'s\b"), ""),
    (re.compile(r"\ba\s*/\s*b\b|\ba-b\b"), "ab"),
    (re.compile(r"(?<=[a-z])i[sz](?=(e|es|ed|er|ers|ing|ation|ations)\b)"), "is"),
    (re.compile(r"[^\w\s]|_"), " "),
)
_SUFFIXES = (
    "ations",
    "ation",
    "ings",
    "ing",
    "edly",
    "ied",
    "ies",
    "ed",
    "ers",
    "er",
    "ly",
    "es",
    "s",
)
_PLAIN = {"ies": "y", "ied": "y"}


def plain(text: str) -> str:
    """Lower case without punctuation, contractions written out, one spelling of -ise.

    >>> plain("What's the A/B set-up — are we optimizing?")
    'what is the ab set up are we optimising'
    """
    text = unicodedata.normalize("NFKC", text).casefold()
    for pattern, instead in _CONTRACTIONS:
        text = pattern.sub(instead, text)
    return " ".join(text.split())


def stem(word: str) -> str:
    """A word without its ending, the same for its usual forms.

    >>> [stem(word) for word in ("delays", "delayed", "countries", "country", "optimising")]
    ['delay', 'delay', 'country', 'country', 'optimis']
    """
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3 and not word.endswith("ss"):
            word = word[: -len(suffix)] + _PLAIN.get(suffix, "")
            break
    if len(word) > 4 and word.endswith("e"):
        word = word[:-1]
    if len(word) > 4 and word[-1] == word[-2] and word[-1] not in "sl":
        word = word[:-1]
    return word


def stems(text: str) -> list[str]:
    """The stems of a text's words, in order."""
    return [stem(word) for word in plain(text).split()]


def _terms() -> dict[tuple[str, ...], list[str]]:
    found: dict[tuple[str, ...], list[str]] = {}
    for concept, terms in _CONCEPTS.items():
        for term in terms.split(","):
            names = found.setdefault(tuple(stems(term)), [])
            if concept not in names:
                names.append(concept)
    return found


TERMS = _terms()
"""Stems of a term → the concepts that it stands for."""
LONGEST = max(map(len, TERMS))
STOP_STEMS = frozenset(map(stem, STOP))


def concepts(stemmed: list[str]) -> list[str]:
    """The concepts that a text's stems stand for; of terms that begin alike the longest counts.

    >>> concepts(stems("Is there position bias on top?"))
    ['position', 'position']
    """
    found, start = [], 0
    while start < len(stemmed):
        for length in range(min(LONGEST, len(stemmed) - start), 0, -1):
            names = TERMS.get(tuple(stemmed[start : start + length]))
            if names:
                found += names
                break
        start += length
    return found


_ASKS = {
    "count": r"\bhow (many|large|big)\b|\bnumber of\b|\bsize of\b",
    "share": r"\b(share|fraction|percentage|proportion|percent|portion|part) of\b|\bhow (rare|common)",
    "span": r"\bhow (long|much time|far back|old)\b",
    "rhythm": r"\bhow (often|frequently|regularly)\b",
    "speed": r"\bhow (fast|quick|quickly|soon)\b",
    "moment": r"\bwhen\b|\bat what time\b|\bby what time\b|\bafter how\b|\bhow (late|much later)\b",
    "place": r"\bwhere\b|\bwhich (page|part|place)\b|\bon (which|what)\b",
    "who": r"\bwho\b|\bwhose\b|\banybody\b",
    "leave": r"^(and |so )?(may|can|could|is it (ok|okay|fine|possible|allowed)|are we|am i)\b|"
    r"\ballowed\b|\bpermitted\b",
    "case": r"\bwhat (if|happens|about|do we do)\b|\bsuppose\b|\bin case\b|\bwhat would happen\b",
    "duty": r"\b(must|have to|required|requirement|mandatory|necessary|obliged)\b",
    "kinds": r"\b(which|what) (kind|sort|type|form)s?\b|\bwhich\b",
    "define": r"\bwhat (exactly|counts|makes|qualifies|does)\b|\bdefin|\bcounts? as\b|\bcount\b",
    "degree": r"\bhow (much|strong|strongly|good|well|bad|heavy|heavily)\b",
    "or": r"\bor\b",
}  # fmt: skip
ASKS = {name: re.compile(pattern) for name, pattern in _ASKS.items()}


def asks(text: str) -> list[str]:
    """What a plain text asks for: a count, a moment, leave to do something …

    >>> asks("how many of them are there")
    ['count']
    """
    return [name for name, pattern in ASKS.items() if pattern.search(text)]


def forms(text: str) -> list[str]:
    """Which forms a plain text has that a question about a fact seldom has."""
    return [name for name, pattern in FORMS.items() if pattern.search(text)]
