"""Whatever fits the service's description, or nearly: no 500, no hang, no undocumented answer."""

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import positive_data_acceptance
from schemathesis.config import SchemathesisConfig

from mlsd_kit.deployment import ModelServer
from mlsd_kit.deployment.limits import Limits

SECONDS = 10
LEAKS = ("Traceback", 'File "', "mlsd_kit/", "site-packages")
ROUTES = {
    "/predict": "POST",
    "/predict/batch": "POST",
    "/selfcheck": "POST",
    "/ready": "GET",
    "/health": "GET",
    "/model": "GET",
    "/metrics": "GET",
    "/docs": "GET",
}
bounded = settings(
    max_examples=40,
    derandomize=True,
    database=None,
    deadline=1000 * SECONDS,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def described(bundle):
    """The description of a running service, and a session to ask it."""
    with ModelServer(bundle, limits=Limits(rows=20)) as server, requests.Session() as session:
        config = SchemathesisConfig(seed=1)
        yield schemathesis.openapi.from_url(f"{server.url}/openapi.json", config=config), session


def ask(case, session):
    """Send a case and check its answer against all that is documented."""
    columns = isinstance(case.body, dict) and "columns" in case.body
    # that columns have one length is beyond what a JSON schema can say
    beyond = [positive_data_acceptance] if columns else []
    response = case.call_and_validate(session=session, timeout=SECONDS, excluded_checks=beyond)
    assert not any(leak in response.text for leak in LEAKS)


def test_the_description_has_every_route(described):
    found = {(path, method) for path in described[0] for method in described[0][path]}
    assert found == {(path, method.lower()) for path, method in ROUTES.items()}


@pytest.mark.parametrize(
    ("path", "mode"),
    [(path, GenerationMode.POSITIVE) for path in ROUTES]
    + [(path, GenerationMode.NEGATIVE) for path in ("/predict", "/predict/batch")],
)
def test_every_answer_is_a_documented_one(described, path, mode):
    schema, session = described

    @given(case=schema[path][ROUTES[path]].as_strategy(generation_mode=mode))
    @bounded
    def fuzzed(case):
        ask(case, session)

    fuzzed()
