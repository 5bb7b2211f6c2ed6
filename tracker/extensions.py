"""The Flask extensions that the top row shares, not yet bound to an application."""

from flask_babel import Babel
from flask_compress import Compress
from flask_sqlalchemy_lite import SQLAlchemy
from flask_talisman import Talisman
from flask_wtf import CSRFProtect

babel = Babel()
compress = Compress()
csrf = CSRFProtect()
db = SQLAlchemy()
talisman = Talisman()
