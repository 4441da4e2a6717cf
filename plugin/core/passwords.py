"""Which passwords we take: long ones that are not the first that a guesser tries (NIST SP 800-63B, 2025-08).

No rule about kinds of letters: such rules make passwords worse, not better.
"""

import re
from itertools import pairwise

from plugin.core.errors import InputError

FEWEST_LETTERS = 12
_FEWEST_OWN = 8
_FEWEST_OF_A_WORD = 2  # 通販; of fewer, every password has some
MOST_LETTERS = 256  # argon2 takes any length; a limit only keeps a request small

_COMMON = frozenset(
    """
    123456789012 1234567890123 012345678901 0123456789012 111111111111 000000000000 1q2w3e4r5t6y 1qaz2wsx3edc
    1q2w3e4r5t6y7u qwertyuiop12 qwertyuiop123 qwertyuiopas qwertyuiop[] asdfghjkl123 zxcvbnm12345 qazwsxedcrfv
    qwerty123456 qwerty1234567 password1234 password12345 password123456 passwordpassword password2024 password2025
    password2026 password2027 passw0rd1234 p@ssword1234 p@ssw0rd1234 p@ssw0rd123! password123! adminadmin12
    adminadminadmin administrator administrator1 administrator123 admin1234567 admin12345678 rootrootroot
    welcome12345 welcome123456 letmein12345 iloveyou1234 iloveyouforever changemechangeme changeme1234 changeme12345
    abcdefghijkl abcdefghijklm abcd12345678 abc123456789 abcdef123456 aa1234567890 a123456789012 sunshine1234
    monkey123456 dragon123456 football1234 baseball1234 superman1234 princess1234 michael12345 trustno1trustno1
    callcenter123 callcentre123 operator1234 supervisor123 denwaban1234 denwabandenwaban sakura123456 sakurasakura
    tokyo1234567 nippon123456 yokohama1234 doraemon1234 pokemon123456 arigatou1234 konnichiwa123 himitsu12345
    """.split()  # noqa: SIM905  a list of this length is read more easily as words
)


def check_password(password: str, login: str, words: frozenset[str] = frozenset()) -> None:
    """Raise InputError with why `password` is not taken for `login`: the reason is the text's key, never the word.

    `words` (small letters, see `words_of_site`): what anybody would try here first; beside them and the login eight
    letters of one's own must remain.
    """
    if len(password) < FEWEST_LETTERS:
        raise InputError("password_short", fewest=FEWEST_LETTERS)
    if len(password) > MOST_LETTERS:
        raise InputError("password_long", most=MOST_LETTERS)
    plain = password.lower()
    of_one_kind = len(set(plain)) < 4
    if of_one_kind or plain in _COMMON or _is_run(plain) or len(_without(words | {login}, plain)) < _FEWEST_OWN:
        raise InputError("password_common")


def words_of_site(host: str, name: str) -> frozenset[str]:
    """Return what passwords of a site must not be made of: the product, the company's `name`, words of its `host`."""
    labels = (word for word in re.split(r"[^a-z0-9]+", host.lower()) if len(word) >= 4 and not word.isdecimal())
    company = (word for word in re.split(r"[\s　]+", name.lower()) if len(word) >= _FEWEST_OF_A_WORD)
    return frozenset({"denwaban", "電話番", "でんわばん", *labels, *company})


def _without(words: frozenset[str], plain: str) -> str:
    for word in sorted(words, key=len, reverse=True):
        if len(word) >= _FEWEST_OF_A_WORD:
            plain = plain.replace(word, "")
    return plain


def _is_run(text: str) -> bool:
    steps = {ord(after) - ord(before) for before, after in pairwise(text)}
    return steps <= {1} or steps <= {-1}
