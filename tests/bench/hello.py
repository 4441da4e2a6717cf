"""The baseline of the web figures: a bare Flask application that reads the body and says hello."""

from flask import Flask, request

app = Flask(__name__)


@app.post("/")
def hello() -> str:
    """Read what was posted and answer."""
    request.get_data()
    return "hello"
