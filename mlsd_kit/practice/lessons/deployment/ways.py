"""Three ways to serve: P2, P3 and P4."""

from __future__ import annotations

from mlsd_kit.practice.choices import All, Choice
from mlsd_kit.practice.exercises import exercise
from mlsd_kit.practice.numbers import Number
from mlsd_kit.practice.values import Values
from mlsd_kit.practice.verdicts import Judge

HOURS_PER_MONTH = 730
EMBEDDED, SERVICE, DATA = "embedded", "service", "data"


@exercise(
    "P2.where",
    hints=[
        "What is impossible first: no network, inputs that are not known ahead, no room.",
        "A keyboard must suggest on a plane; a payment is not known the night before.",
        "Mail goes out once a day to people who are all known: nobody waits for a prediction.",
    ],
    also=["P3", "P4"],
)
def where() -> Judge:
    """Choose the way of serving for three products."""
    return All(
        {
            "keyboard": Choice(
                EMBEDDED,
                {
                    SERVICE: "A phone types on a plane too, and a network takes longer than the "
                    "next key.",
                    DATA: "What was typed last is not known ahead: nobody can list the sentences.",
                },
                "No network, and an answer between two keys.",
            ),
            "payments": Choice(
                SERVICE,
                {
                    EMBEDDED: "Five products in three languages would each carry the model, and a "
                    "new fraud pattern would wait for five releases.",
                    DATA: "Tonight's job cannot know tomorrow's amount, shop and device.",
                },
                "Several callers, inputs of this second, and a model that changes more often.",
            ),
            "daily mail": Choice(
                DATA,
                {
                    EMBEDDED: "It can be done, but nobody waits: why load a model into the mailer?",
                    SERVICE: "A service at work for one hour of the day is paid for all of them.",
                },
                "Who is asked for is known ahead, and a prediction may be a day old.",
            ),
        }
    )


@exercise(
    "P3.bill",
    hints=[
        "CPU seconds in each second are how many CPUs are busy.",
        "Busy CPUs = requests/s × CPU seconds of a request; you pay for more than are busy.",
        "`rate * cpu_us / 1e6 / busy * 730 * price`",
    ],
)
def bill(rate: float, cpu_us: float, busy: float, price: float) -> Judge:
    """Compute what the CPUs of a service cost in a month of 730 hours."""
    cpus = rate * cpu_us / 1e6
    right = cpus / busy * HOURS_PER_MONTH * price
    return Number(
        right,
        rtol=0.01,
        causes={
            "That pays for busy CPUs only. To stay quick they are busy for a part of the time: "
            "divide by it.": right * busy,
            "The other way round: with idle time you need more CPUs, not fewer.": right * busy**2,
            "That is for one hour; a month has 730.": right / HOURS_PER_MONTH,
            "That is for a day.": right / HOURS_PER_MONTH * 24,
            "A microsecond is a millionth of a second.": right * 1000,
        },
    )


@exercise(
    "P4.age",
    hints=[
        "A prediction is as old as its inputs, not as its file.",
        "When it is published it is as old as the job took; then it ages until the next one.",
        "Oldest: job + period. Mean over a period: job + half of it.",
    ],
)
def age(job_h: float, every_h: float) -> Judge:
    """The age of published predictions when they are read: the mean, and the oldest, in hours."""
    return Values(
        {"mean": job_h + every_h / 2, "oldest": job_h + every_h},
        rtol=0.005,
        causes={
            "The inputs were read when the job began: its time counts too.": {
                "mean": every_h / 2, "oldest": every_h,
            },
            "Half the period is missing: a prediction is not only read when it is fresh.": {
                "mean": job_h, "oldest": job_h + every_h,
            },
            "Mean and oldest are exchanged.": {
                "mean": job_h + every_h, "oldest": job_h + every_h / 2,
            },
            "The job's time counts in full for each: only the wait for the next one is halved.": {
                "mean": (job_h + every_h) / 2, "oldest": job_h + every_h,
            },
        },
    )  # fmt: skip
