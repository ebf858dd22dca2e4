//! The server that a metric names: checked here, and of no matter to the core.

use super::scope::Scope;
use crate::api::Metric;

/// Reports what no API server with our definitions would take.
pub(super) fn check(scope: &mut Scope<'_>, path: &str, metric: &Metric) {
    let Some(server) = &metric.server else {
        return;
    };
    let here = format!("{path}.server");
    if metric.resource.is_some() {
        let message = "is a Prometheus, and a resource metric asks metrics.k8s.io in each cluster: leave it out";
        scope.report(&here, message.to_owned());
    }
    if !server.has_sound_address() {
        // It is not repeated: there may be a password in it.
        let message = "is no address: write http://HOST:PORT or https://HOST/PATH, without user, password and query, \
                       which belong in a Secret";
        scope.report(&format!("{here}.address"), message.to_owned());
    }
    if server.bearer_token.is_some() && server.basic_auth.is_some() {
        let message = "set one of bearerToken and basicAuth: a request carries one of them";
        scope.report(&here, message.to_owned());
    }
}
