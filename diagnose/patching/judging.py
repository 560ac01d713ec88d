"""What a script prints last, as a result: what the number is, and which of two results is better.

The one question that is asked of an edit where no training answers it. Two lines are judged
together, as found and patched: neither alone tells whether ``0.97 %`` is a hundredth of what it is.
What a result must reach is asked of it beside the one as found, and beside a sound network's.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from diagnose.network.tasks import NOTICEABLE
from diagnose.report import Report
from diagnose.symptoms import half_way

NUMBER = re.compile(r"[-+]?\d*\.?\d+(?:[eE][-+]?\d+)?")
# Also what has become none; letters around it make another word of it.
VALUE = re.compile(rf"{NUMBER.pattern}|(?<![\w.])[-+]?(?:nan|inf)(?!\w)", re.I)
# What a number says, by the words beside it, written without accents: learners print them in their
# own language.
ERROR = re.compile(
    r"\b(r?mse|mae|\w*loss|cost\w*|err\w*|wrong\w*|miss(es|ed)?|"
    r"miss?(class|read|label|judg|recogni|identif|guess|taken)\w*|mistakes?|false|"
    r"incorrect\w*|inaccura\w*|fail\w*|unrecogni\w*|entrop\w*|perplex\w*|nll|"
    r"(not|nicht|niet|inte|ikke|non|nie|не) \w+|"
    r"scarto medio|scarti medi|ecart moyen|mittlere abweichung|desvio medio|desviacion media|"
    r"mean (absolute )?deviation|"
    r"\w*fehler\w*|\w*verlust\w*|falsch\w*|cout|pertes?|perda|faux|fausses?|inexact\w*|fallos|"
    r"perdida|custo|sbagliat\w*|kosten|fout\w*|koszt|blad|bled\w*|strata|oshibka|oshibok|poteri|"
    r"ошибк\w*|ошибок|неверн\w*|неправильн\w*|потер\w|fel|feil|tap|hata|yanlis|kayip|chyb\w*)\b",
    re.I,
)
RIGHT = re.compile(
    r"\b(acc\w*|correct\w*|right|hits?|share|richtig\w*|treffer|genauigkeit|quote|exact\w*|esatt\w*|"
    r"precis\w*|bonnes|justes?|acier\w*|acert\w*|acuraci\w*|giust\w*|corrett\w*|dokladnosc|"
    r"trafn\w*|poprawn\w*|tochnost\w*|verno|точност\w*|верно|правильн\w*|goed|juist|"
    r"recogni[sz]ed|riconosciut\w*|reconnu\w*|reconocid\w*|reconhecid\w*|erkannt\w*|rozpoznan\w*|"
    r"nauwkeurigheid|ratt|riktig\w*|traff\w*|dogru\w*|isabet|sprav\w*|presnost)\b",
    re.I,
)
# What a share of right answers is of, where nothing says that it is one; and no single answer, as
# `[1 1] -> 0.03` is.
SCORED = re.compile(
    r"\b(tests?|teste|train\w*|valid\w*|val|held|scores?|results?|prueba|kontrol\w*|proverk\w*|"
    r"dev|entrainement|entrenamiento|treino)\b",
    re.I,
)
# A number beside these is no share of right answers, though it stands alone.
NEITHER = re.compile(
    r"\b(learning rate|lr|lernrate|weights?|gewichte?|bias\w*|norms?|grad\w*|outputs?|predict\w*|"
    r"prob\w*|confiden\w*|likelihood|deviation|time|elapsed|took|duration|zeit|dauer|temps|tiempo|"
    r"tempo|czas|время)\b",
    re.I,
)
EXPLAINED = re.compile(r"\br(\^|\*\*)?2\b|r²|explained", re.I)
# What a network goes through, or is made of: how many are no result, nor is the one it is at, as in
# `best loss at epoch 17`, `after 120 epochs`, and `fold 1 of 5`.
TURNS = (
    r"(?:epo[ckhx]\w*|steps?|iter\w*|turns?|seeds?|(?:mini)?batch\w*|folds?|rounds?|class(?:es)?|"
    r"klassen?|layers?|passos?|pasos?|schritte?n?|etapes?|krok\w*|эпох\w*|шаг\w*)"
)
# Words between a number and what it is: `accuracy after 20 epochs: 0.9`.
COUNTS = re.compile(rf"\b(?:{TURNS}|runs?|after|in|of|at|samples?)\b", re.I)
WHOLE = r"(?<![\d.])\d+(?![\d.]*\d)"
AMONG = rf"{WHOLE}(?:\s*(?:/|of|out of|von|sur|de|из)\s*{WHOLE})?(?!\s*%)"
COUNTED = re.compile(rf"\b{TURNS}\s*#?{AMONG}|{AMONG}\s*{TURNS}\b", re.I)
# Of how many something is counted, as in `errors among 200 test points: 31`.
OVER = re.compile(
    rf"\b((?:among|on|over|in|for)\s+(?:the\s+|all\s+)?){WHOLE}"
    r"(?=(?:\s+[^\W\d_]+){1,3}\s*[:=])",
    re.I,
)
# A line of words, which says what the number is that stands alone below it, at the very end.
TITLE = re.compile(rf"^([^\n]*[^\W\d_])[ :=]*\n+{NUMBER.pattern}\n*\Z", re.M)
# What was done there is no title.
DONE = re.compile(
    r"\b(saved?|written|wrote|plot\w*|curves?|figure|files?|done|finished|over)\b", re.I
)
# How far a result is spread is none.
SPREAD = re.compile(rf"(?:±|\+/?-)\s*{NUMBER.pattern}")
# How long something took is no result.
SECONDS = re.compile(rf"{NUMBER.pattern}\s*(?:s|secs?|seconds?|ms|minutes?)\b", re.I)
PER_CENT = re.compile(
    r"\s*\)?\s*%|\s*(?:per ?cento?|pct|pro[cz]ent\w*|pour ?cent|por ?ci?ento|процент\w*)\b",
    re.I,
)
# So many of so many, as `50 / 83` or `4 sur 4`: whole numbers.
OF_ALL = re.compile(
    r"(?<![\d.])(\d+)\s*(?:/|out of|of|de|sur|von|aus|di|su|van|uit|av|af|ze?|iz|из|sobre)\s*"
    r"(\d+)(?!\.?\d)",
    re.I,
)
# Numbers with a decimal comma, where it can be nothing else: after a 0, before a per cent sign, or
# behind what says what the number is. `1,234` may be a thousand, and `[0,1]` are two numbers.
COMMA = re.compile(
    r"(?<![\d.,])(?:(0),(\d+)|(\d+),(\d+)(?=\s*%)|(?<=[:=] )(\d+),(\d{1,2}))(?![\d,.]*\d)"
)
# The other way round: `of 400 test points right: 355`.
OUT_OF = re.compile(
    r"\b(?:out of|of|from|de|sur|von|aus|di|su|van|av|af|z|iz|из)\s+(?:the\s+)?(\d+)\b(?!\.\d)"
    r"[^\d]*[:=\s]\s*(\d+)\W*$",
    re.I,
)
HUNDRED = 100.0
# A number of wrong answers varies by its root (Poisson); three times that is once in some hundred
# by chance. A share of so many is that number again, but for its rounding.
DEVIATIONS, COUNTED_AS = 3.0, 1e-6
# What Unicode does not take apart.
NOT_ACCENTS = str.maketrans("łŁıøØđ", "lLioOd")
# An edit that takes less than half of an error away is none of what makes up the error.
HALF = 0.5
# A share from which it is no guess, among as many copies as are run: three of four on fifty samples
# are guessed once in some thousand times; and a result after which no other edit is tried.
NO_GUESS, ENOUGH = 0.75, 0.9


class Kind(Enum):
    """What a number is: a share of right answers or of what is explained, or an error."""

    SHARE = "share"
    ERROR = "error"


@dataclass(frozen=True, kw_only=True)
class Result:
    """What is printed last. named: whether words say what it is; words: the line without numbers.

    whole: of how many, where it is a share already, so many of so many; else 0. per_cent: whether a
    sign or a word says that it is one of a hundred. explained: whether it is of the variance.
    """

    kind: Kind
    value: float
    named: bool
    words: str
    whole: int = 0
    per_cent: bool = False
    explained: bool = False

    @property
    def of_loss(self) -> bool:
        """Whether it is an error, or what is explained, which is 1 less a share of one.

        Of what is further off than the mean by as much again, something is far too large.
        """
        return self.kind is Kind.ERROR or (self.explained and self.value >= -1)


def result(line: str, classes: int = 0) -> Result | None:
    """What a line says of how well a network does; None where it does not say anything of it.

    classes: of a network that answers with one, so that a number without words is a share.
    """
    plain = _plain(pointed(line))
    every = SECONDS.sub("", plain)
    untimed = SPREAD.sub(
        "", OVER.sub(r"\1", COUNTED.sub(lambda one: re.sub(r"\d+", "", one[0]), every))
    )
    found = list(VALUE.finditer(untimed))
    if not found:
        return None
    last = found[-1]
    counted = [one for one in OF_ALL.finditer(untimed) if one.end() == last.end()]
    number, begins = (float(last[0]), last.start())
    if counted and not int(counted[0][2]):
        return None  # nothing was tested
    whole = int(counted[0][2]) if counted and int(counted[0][2]) >= int(counted[0][1]) else 0
    out_of = OUT_OF.search(untimed) if _kind(untimed) is Kind.SHARE else None
    if not whole and out_of and int(out_of[1]) >= int(out_of[2]):
        whole, number = int(out_of[1]), int(out_of[2]) / int(out_of[1])
    elif whole:
        number, begins = int(counted[0][1]) / int(counted[0][2]), counted[0].start()
        if re.search(rf"\b{TURNS}\W*$", untimed[:begins], re.I):
            return None  # `best epoch: 5/10`
    kind = _said(untimed, begins, last.end(), [one.end() for one in found])
    if (behind := _kind(untimed[last.end() :])) is not None and behind is not kind:
        return None  # `47 right, 3 wrong`
    per_cent = PER_CENT.match(untimed, last.end()) is not None
    explained = EXPLAINED.search(untimed) is not None and not RIGHT.search(untimed)
    if per_cent and explained:
        number /= HUNDRED  # little may well be explained; no network is right so seldom
    # a count of what is right, or of a class, beside no number of all of them is no share
    if kind is not Kind.ERROR and abs(number) > HUNDRED:
        return None
    named = kind is not None or per_cent or (whole > 0 and _is_of_answers(untimed, classes))
    alone = len(VALUE.findall(every)) == 1
    if not named and not (classes and _is_scored(untimed, last, alone)):
        return None
    words = VALUE.sub("", untimed)
    return Result(
        kind=kind or Kind.SHARE, value=number, named=named, words=words, whole=whole,
        per_cent=per_cent, explained=explained,
    )  # fmt: skip


def pointed(line: str) -> str:
    """A line with decimal points for decimal commas, where these are sure to be some.

    Not within brackets, nor beside numbers with a point.
    """
    if re.search(r"\d\.\d", line):
        return line
    parts = re.split(r"(\[[^]]*\]|\([^)]*\))", line)
    return "".join(
        part if at % 2 else COMMA.sub(lambda one: ".".join(filter(None, one.groups())), part)
        for at, part in enumerate(parts)
    )


def _is_of_answers(line: str, classes: int) -> bool:
    """Whether so many of so many may be answers, where no word says that they are right.

    Nothing else stands there, or words for what is tested, or the script counts its answers.
    """
    words = OF_ALL.sub("", line)
    return bool(classes) or not _letters(words) or SCORED.search(words) is not None


def _is_scored(line: str, last: re.Match[str], alone: bool) -> bool:
    """Whether a number with a fraction is alone, or stands beside a word for what it is of."""
    if not re.search(r"[.e]|nan|inf", last[0], re.I):
        return False  # the number of a class
    before = line[: last.start()]
    if NEITHER.search(VALUE.split(before)[-1]):
        return False
    return alone or SCORED.search(before.rsplit("]", 1)[-1]) is not None


def _plain(line: str) -> str:
    """A line without accents: ``précision`` as ``precision``; ``test_loss`` as two words."""
    parts = unicodedata.normalize("NFKD", line.translate(NOT_ACCENTS))
    plain = "".join(one for one in parts if not unicodedata.combining(one))
    return re.sub(r"(?<=[^\W\d_])_|_(?=[^\W\d_])|(?<=[a-z])(?=[A-Z])", " ", plain)


def _said(line: str, begins: int, ends: int, numbers: Sequence[int]) -> Kind | None:
    """What a number is by the words before it, or behind it; not by those of an earlier number.

    But for words that count something, and signs: ``accuracy after 20 epochs: 0.9``.
    """
    until = begins
    for before in [*reversed([one for one in numbers if one <= begins]), 0]:
        if (kind := _kind(line[before:until])) is not None:
            return kind
        if _letters(line[before:until]):
            break
        until = before
    return _kind(line[ends:])


def _letters(words: str) -> bool:
    """Whether there are words that do more than to count something."""
    return re.search(r"[^\W\d_]", COUNTS.sub("", words)) is not None


def _kind(words: str) -> Kind | None:
    if ERROR.search(words):
        return Kind.ERROR
    return Kind.SHARE if RIGHT.search(words) or EXPLAINED.search(words) else None


def is_share(line: str, classes: int = 0) -> bool:
    """Whether what is printed is a share of right answers, or of the variance explained."""
    found = result(line, classes)
    return found is not None and found.kind is Kind.SHARE


def level(line: str, beside: str, classes: int = 0) -> float:
    """How good what is printed is, from 0 to 1; 0 where it is no result.

    A share as it is, read in the unit of the line beside it; of an error, the share of that beside
    it that is gone.
    """
    now, other = result(line, classes), result(beside, classes)
    if now is None:
        return 0.0
    if other is not None and (_of_others(now, other) or _is_past_all(now, other)):
        return 0.0
    if now.kind is Kind.SHARE:
        return max(_in_one_unit(now, other), 0.0)
    if other is None or other.kind is not Kind.ERROR or other.words != now.words:
        return 0.0
    left, found = (math.inf if math.isnan(one.value) else abs(one.value) for one in (now, other))
    if not found or math.isinf(left):
        return 0.0
    return max(1 - left / found, 0.0)


def _in_one_unit(now: Result, other: Result | None) -> float:
    """A share from 0 to 1, be it written so or in per cent: two lines of one script tell.

    A per cent sign beside numbers of which none is larger than 1 was put behind a share.
    """
    if math.isnan(now.value):
        return 0.0
    if now.whole:
        return now.value
    known = [now.value] if other is None or other.whole else [now.value, other.value]
    return now.value / HUNDRED if any(one > 1 for one in known) else now.value


def _of_others(one: Result, other: Result) -> bool:
    """Whether two counts are of another number of samples, so that some were left out of one."""
    return one.whole != other.whole and min(one.whole, other.whole) > 0


def _is_past_all(now: Result, before: Result) -> bool:
    """Whether a share of all, 0.7, has become 70, and nothing says that it is one of a hundred.

    What is counted was divided by another number, then.
    """
    counted = now.whole or before.whole or now.per_cent or before.per_cent
    shares = now.kind is before.kind is Kind.SHARE
    return shares and not counted and 0 < before.value < 1 < now.value


def gained(before: str, after: str, classes: int = 0) -> float:
    """How much better a result is than another one: a share by so much, an error by that share.

    0 where it is not better, or where the two are not the same thing.
    """
    one, other = result(before, classes), result(after, classes)
    past = one is not None and other is not None and _is_past_all(other, one)
    return 0.0 if past else _gained(before, after, classes)


def _gained(before: str, after: str, classes: int) -> float:
    """The same; what may be shares in another unit are read as those."""
    one, other = result(before, classes), result(after, classes)
    if one is None or other is None or one.kind is not other.kind or _of_others(one, other):
        return 0.0
    if not classes and one.words != other.words:
        return 0.0
    if one.kind is Kind.ERROR:
        return level(after, before, classes)
    return max(_in_one_unit(other, one) - _in_one_unit(one, other), 0.0)


def is_better(before: str, after: str, classes: int = 0) -> bool:
    """Whether a script prints a noticeably better result than before, and not by what seeds do."""
    least = NOTICEABLE if is_share(after, classes) else HALF
    return gained(before, after, classes) >= least and not are_few(before, after, classes)


def is_worse(before: str, after: str, classes: int = 0) -> bool:
    """Whether a script prints a noticeably worse result than before, in whichever unit."""
    least = NOTICEABLE if is_share(before, classes) else HALF
    return _gained(after, before, classes) >= least and not are_few(before, after, classes)


def are_few(before: str, after: str, classes: int = 0) -> bool:
    """Whether two numbers of wrong answers differ by no more than other samples would bring.

    1 of 300, and none. What is no whole number counts nothing.
    """
    one, other = result(before, classes), result(after, classes)
    if one is None or other is None or not one.kind is other.kind is Kind.ERROR:
        return False
    if one.per_cent or other.per_cent:
        return False
    counts = [each.value * max(each.whole, 1) for each in (one, other)]
    if not all(math.isfinite(each) and abs(each - round(each)) < COUNTED_AS for each in counts):
        return False
    return abs(counts[0] - counts[1]) < DEVIATIONS * math.sqrt(max(counts))


def says_alike(before: str, after: str) -> bool:
    """Whether two lines differ in nothing but their numbers."""
    one, other = (VALUE.sub("", pointed(line)) for line in (before, after))
    return one == other


def is_the_same(before: str, after: str) -> bool:
    """Whether a script prints the same words, and at last a number that is hardly another."""
    one, other = (VALUE.findall(pointed(line)) for line in (before, after))
    if not one or not says_alike(before, after):
        return False
    mine, theirs = (result(line) for line in (before, after))
    if mine is not None and theirs is not None and mine.kind is Kind.SHARE:
        return max(gained(before, after), gained(after, before)) < NOTICEABLE
    return abs(float(one[-1]) - float(other[-1])) < NOTICEABLE


def last_result(printed: str) -> str:
    """The last line with a number of what a script prints, such as its accuracy on test samples.

    But for how long it took, and lists, as of how often each class was answered, where any other
    line has a number. With the words above it, where a number stands alone below some.
    """
    lines = [one.strip() for one in printed.splitlines()]
    every = [one for one in lines if VALUE.search(one)]
    some = [one for one in every if VALUE.search(SECONDS.sub("", one)) and not _is_list(one)]
    last = (some or every or [""])[-1]
    title = TITLE.search("\n".join(lines)) if NUMBER.fullmatch(last) else None
    if title is None or _kind(title[1]) is None or DONE.search(title[1]):
        return last
    return f"{title[1]}: {last}"


def _is_list(line: str) -> bool:
    """Whether a line is a list of numbers, or one row of a table."""
    several = len(VALUE.findall(line)) > 1
    return several and (line.endswith("]") or not re.search(r"[^\W\d_]|[%/]", line))


@dataclass(frozen=True, kw_only=True)
class Goal:
    """What the last result of a script is held against.

    classes: of the network, or 0 where it answers with numbers. sound: the score of a sound one;
    None where none was trained, or none learns it.
    """

    classes: int
    sound: float | None

    @property
    def enough(self) -> float:
        """The share of right answers with which no other edit is tried: about a sound network's."""
        sound = 1.0 if self.sound is None else self.sound
        return min(max(sound - NOTICEABLE, NO_GUESS), ENOUGH)

    def is_reached(self, line: str) -> bool:
        """Whether a share of right answers is nine tenths of a sound network's, where one is known.

        Half of the way there may come of lines that were right, beside a fault that is left.
        """
        if self.sound is None or not is_share(line, self.classes):
            return True
        return level(line, line, self.classes) >= ENOUGH * self.sound

    def works(self, before: str, after: str, by_chance: float) -> bool:
        """Whether a result is noticeably better than before, and half of the way from chance."""
        least = max(level(before, before, self.classes) + NOTICEABLE, half_way(by_chance))
        return level(after, before, self.classes) >= least


def goal_of(report: Report, classes: int) -> Goal:
    """The goal of a script, by the sound network of its report."""
    twin = report.twin
    return Goal(classes=classes, sound=None if twin is None or twin.fails else twin.score)
