"""When to ask the venue for a snapshot of one book: retries, audits, and how many answers are still owed. Sans-IO."""

from __future__ import annotations

#: Waits between the questions for a snapshot that does not come, and how many questions make a failure.
RETRY_S = (0.25, 0.5, 1.0, 2.0, 3.0)
#: How long an answer may take, and the first snapshot after a subscription.
ANSWER_S = 2.0
#: Between questions once the venue has failed to answer five; and when changes show that the feed is alive.
FAILED_RETRY_S = 15.0
FAILED_STIRRED_S = 3.0


class Asking:
    """The questions about one book.

    Attributes for reading: `failed`, questions in a row that brought nothing while the book is not live;
    `audits_failed`, the same while it is; `denials`, questions about a live book in a row that were answered "no";
    `owed`, answers that may still come; `silent_since_s`, since when nobody answers at all.
    """

    __slots__ = (
        "asked_s",
        "audit_every_s",
        "audits_failed",
        "denials",
        "due_s",
        "failed",
        "owed",
        "retry_s",
        "silent_since_s",
    )

    def __init__(self) -> None:
        self.audit_every_s: float | None = None  # None: a live book is never re-asked while it is quiet
        self.retry_s = FAILED_RETRY_S
        self.reset()

    def reset(self) -> None:
        """A new subscription: no question of an earlier one is open."""
        self.due_s: float | None = None
        self.asked_s: float | None = None
        self.failed = 0
        self.audits_failed = 0
        self.denials = 0
        self.owed = 0
        self.silent_since_s: float | None = None

    @property
    def is_open(self) -> bool:
        """Whether a question is open."""
        return self.asked_s is not None

    def is_overdue(self, now_s: float) -> bool:
        """Whether the open question should have been answered by now."""
        return self.asked_s is not None and now_s >= self.asked_s + ANSWER_S

    def is_due(self, now_s: float) -> bool:
        """Whether to ask now."""
        return self.asked_s is None and self.due_s is not None and now_s >= self.due_s

    def soon(self, at_s: float) -> None:
        """Ask at `at_s`, unless a question is open already."""
        if self.asked_s is None:
            self.due_s = at_s

    def went_out(self, now_s: float) -> None:
        """The question went out."""
        self.owed += 1
        self.asked_s = now_s
        self.due_s = None

    def came(self) -> None:
        """One of the owed answers came, good or not."""
        self.owed = max(0, self.owed - 1)
        self.silent_since_s = None

    def nothing_came(self, now_s: float) -> None:
        """The open question is overdue."""
        if self.silent_since_s is None:
            self.silent_since_s = self.asked_s if self.asked_s is not None else now_s

    def slept(self, seconds: float) -> None:
        """Nobody could hear an answer for so long."""
        if self.asked_s is not None:
            self.asked_s += seconds
        if self.silent_since_s is not None:
            self.silent_since_s += seconds

    def close(self) -> None:
        """No question is open any more."""
        self.asked_s = None

    def audit_again(self, now_s: float) -> None:
        """An audit without an answer proves nothing; it also disproves nothing."""
        self.audits_failed += 1
        self.due_s = now_s + RETRY_S[min(self.audits_failed, len(RETRY_S)) - 1]

    def denied(self, now_s: float) -> None:
        """An audit was answered "no": nobody is silent, and nothing is proved either."""
        self.audits_failed = 0
        self.denials += 1
        self.due_s = now_s + RETRY_S[min(self.denials, len(RETRY_S)) - 1]

    def ask_again(self, now_s: float) -> bool:
        """A question about a book that is not live brought nothing. True when it was one too many."""
        self.failed += 1
        if self.failed >= len(RETRY_S):
            self.due_s = now_s + self.retry_s
            return True
        self.due_s = now_s + RETRY_S[self.failed - 1]
        return False

    def stirred(self, now_s: float) -> None:
        """A change of a book that was given up: the feed is alive, so the next question need not wait so long."""
        self.silent_since_s = None
        if self.asked_s is None and self.due_s is not None:
            self.due_s = min(self.due_s, now_s + FAILED_STIRRED_S)

    def audit(self, now_s: float, proved_s: float | None) -> None:
        """Ask when a live book has been quiet for its audit period."""
        quiet = self.asked_s is None and self.due_s is None and proved_s is not None
        if quiet and self.audit_every_s is not None and now_s - (proved_s or 0.0) >= self.audit_every_s:
            self.due_s = now_s

    def proved(self) -> None:
        """The book is true: nothing needs asking."""
        self.audits_failed = 0
        self.denials = 0
        self.failed = 0
        self.due_s = None

    def give_up(self, again_s: float) -> None:
        """Nobody answers this kind of question: wait for no answer, and ask again at `again_s` at the earliest."""
        self.audits_failed = 0
        self.denials = 0
        self.owed = 0
        self.due_s = again_s
        self.asked_s = None
        self.silent_since_s = None
