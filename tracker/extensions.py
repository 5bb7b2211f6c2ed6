"""The Flask extensions that the top row shares, not yet bound to an application."""

from flask_babel import Babel
from flask_compress import Compress
from flask_sqlalchemy_lite import SQLAlchemy
from flask_talisman import Talisman

babel = Babel()
compress = Compress()
db = SQLAlchemy()
talisman = Talisman()
