//! What a pod requests of a resource: the denominator of a utilization.

use super::proposal::MetricFailure;

/// A container and what it requests of one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerRequest {
    /// Container name, unique in the pod.
    pub name: String,
    /// Its request in thousandths; `None` if it states none.
    pub request_milli: Option<i64>,
}

/// The request of `pod` for `resource`: of the named container, else the pod-level
/// request where that feature is on and set, else the sum over `containers` (regular and
/// restartable init containers).
///
/// # Errors
/// A container that is looked at states no request, or the named container is absent.
pub fn pod_request(
    pod: &str,
    resource: &str,
    container: Option<&str>,
    pod_level_milli: Option<i64>,
    containers: &[ContainerRequest],
) -> Result<i64, MetricFailure> {
    let request = |found: &ContainerRequest| {
        found
            .request_milli
            .ok_or_else(|| MetricFailure::MissingRequest {
                resource: resource.to_owned(),
                container: found.name.clone(),
                pod: pod.to_owned(),
            })
    };
    match (container, pod_level_milli) {
        (Some(name), _) => containers
            .iter()
            .find(|found| found.name == name)
            .ok_or_else(|| MetricFailure::ContainerNotFound {
                container: name.to_owned(),
                pod: pod.to_owned(),
            })
            .and_then(request),
        (None, Some(pod_level)) => Ok(pod_level),
        (None, None) => containers
            .iter()
            .try_fold(0_i64, |sum, found| Ok(sum.saturating_add(request(found)?))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn containers(requests: &[(&str, Option<i64>)]) -> Vec<ContainerRequest> {
        requests
            .iter()
            .map(|&(name, request_milli)| ContainerRequest {
                name: name.to_owned(),
                request_milli,
            })
            .collect()
    }

    #[test]
    fn a_named_container_comes_before_pod_level_before_the_sum() {
        let both = containers(&[("a", Some(100)), ("b", Some(50))]);
        let request = |container, pod_level| pod_request("p", "cpu", container, pod_level, &both);
        assert_eq!(request(None, None), Ok(150));
        assert_eq!(request(None, Some(400)), Ok(400));
        assert_eq!(request(Some("b"), Some(400)), Ok(50));
    }

    #[test]
    fn one_missing_request_fails_unless_nobody_asks_that_container() {
        let one_missing = containers(&[("a", Some(100)), ("b", None)]);
        let failure = pod_request("p", "cpu", None, None, &one_missing).unwrap_err();
        assert_eq!(
            failure.to_string(),
            "missing request for cpu in container b of Pod p"
        );
        assert_eq!(
            pod_request("p", "cpu", Some("a"), None, &one_missing),
            Ok(100)
        );
    }

    #[test]
    fn an_absent_container_is_named_in_the_failure() {
        let failure = pod_request("p", "cpu", Some("x"), None, &[]).unwrap_err();
        assert_eq!(failure.to_string(), "container x not found in Pod p");
    }
}
