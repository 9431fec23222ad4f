"""Dates as people say them, with the precision to which they are known. Pure Python."""

from datetime import date

LONG = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def words(day: date, precision: str = "day") -> str:
    """Return a date in words: 12 Feb 2025 · Feb 2025, day not given · 2025, month not given."""
    if precision == "day":
        return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
    if precision == "month":
        return f"{MONTHS[day.month - 1]} {day.year}, day not given"
    return f"{day.year}, month not given"


def short(day: date, precision: str = "day") -> str:
    """Return a date without what is not known and without a remark: 12 Feb 2025 · Feb 2025 · 2025."""
    return words(day, precision).partition(",")[0]


def machine(day: date, precision: str = "day") -> str:
    """Return the value of a `datetime` attribute: 2025-02-12 · 2025-02 · 2025."""
    return day.isoformat()[: {"day": 10, "month": 7, "year": 4}[precision]]


def span(days: int) -> str:
    """Return a length of time: same day · 1 day · 40 days · 7 months · 3 years. Months from 90 days, years from 730."""
    if days <= 0:
        return "same day"
    if days < 90:
        return "1 day" if days == 1 else f"{days} days"
    if days < 730:
        return f"{round(days / 30.44)} months"
    return f"{round(days / 365.25)} years"
