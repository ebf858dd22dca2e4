//! What an API server said, in few words.

/// The message of a refusal, or the error with its causes; never the whole `Status` object.
#[must_use]
pub fn said(error: &kube::Error) -> String {
    if let kube::Error::Api(status) = error {
        return status.message.clone();
    }
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let more = error.to_string();
        // Some repeat their cause.
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use kube::core::Status;

    use super::*;

    #[test]
    fn a_refusal_is_its_message() {
        let status = Status::failure("namespaces \"spillway-system\" not found", "NotFound");
        let error = kube::Error::Api(Box::new(status));
        assert_eq!(said(&error), "namespaces \"spillway-system\" not found");
    }
}
