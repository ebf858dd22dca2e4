//! Triggers that ask something else than Prometheus: which exporter has the same number, and under which name.

use super::source::Source;

/// The number of a trigger as PromQL.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Advice {
    /// Who exports it.
    pub(super) exporter: &'static str,
    /// The query, as far as the trigger says it.
    pub(super) query: String,
    /// What of it a replica shall have.
    pub(super) per_replica: Option<String>,
}

/// What is known of a type of trigger.
pub(super) fn advice(kind: &str, metadata: &mut Source) -> Option<Advice> {
    let mut text = |field: &str| metadata.text(field).unwrap_or_else(|| "...".to_owned());
    let (exporter, query, field, default) = match kind {
        "kafka" | "apache-kafka" => (
            "kafka_exporter",
            format!(
                "sum(kafka_consumergroup_lag{{consumergroup=\"{}\",topic=\"{}\"}})",
                text("consumerGroup"),
                text("topic")
            ),
            "lagThreshold",
            "10",
        ),
        "rabbitmq" => (
            "RabbitMQ's own Prometheus plugin, per object",
            format!(
                "sum(rabbitmq_queue_messages{{queue=\"{}\"}})",
                text("queueName")
            ),
            "value",
            "20",
        ),
        "redis" | "redis-cluster" | "redis-sentinel" => (
            "redis_exporter with --check-single-keys",
            format!("sum(redis_key_size{{key=\"{}\"}})", text("listName")),
            "listLength",
            "5",
        ),
        "redis-streams" | "redis-cluster-streams" | "redis-sentinel-streams" => (
            "redis_exporter with --check-streams",
            format!(
                "sum(redis_stream_group_messages_pending{{stream=\"{}\",group=\"{}\"}})",
                text("stream"),
                text("consumerGroup")
            ),
            "pendingEntriesCount",
            "5",
        ),
        "aws-sqs-queue" => {
            let url = text("queueURL");
            let queue = url.rsplit('/').next().unwrap_or(&url);
            (
                "a CloudWatch exporter (YACE)",
                format!(
                    "sum(aws_sqs_approximate_number_of_messages_visible_average{{dimension_QueueName=\"{queue}\"}})"
                ),
                "queueLength",
                "5",
            )
        }
        "nats-jetstream" => (
            "prometheus-nats-exporter with -jsz=all",
            format!(
                "sum(jetstream_consumer_num_pending{{stream_name=\"{}\",consumer_name=\"{}\"}})",
                text("stream"),
                text("consumer")
            ),
            "lagThreshold",
            "10",
        ),
        "gcp-pubsub" => (
            "stackdriver_exporter",
            format!(
                "sum(stackdriver_pubsub_subscription_pubsub_googleapis_com_subscription_num_undelivered_messages\
                 {{subscription_id=\"{}\"}})",
                text("subscriptionName")
            ),
            "value",
            "10",
        ),
        "postgresql" | "mysql" | "mssql" => (
            "sql_exporter, whose query is this trigger's",
            format!("max(sql_waiting) # {}", text("query")),
            if kind == "postgresql" {
                "targetQueryValue"
            } else {
                "queryValue"
            },
            "5",
        ),
        _ => return None,
    };
    Some(Advice {
        exporter,
        query,
        per_replica: metadata
            .text(field)
            .or_else(|| metadata.text("targetValue"))
            .or_else(|| Some(default.to_owned())),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_trigger_of_a_queue_names_its_exporter_query_and_target() {
        let mut kafka =
            Source::of(json!({"consumerGroup": "mail", "topic": "out", "lagThreshold": "50"}));
        let found = advice("kafka", &mut kafka).expect("known");
        assert_eq!(
            found.query,
            "sum(kafka_consumergroup_lag{consumergroup=\"mail\",topic=\"out\"})"
        );
        assert_eq!(found.per_replica.as_deref(), Some("50"));
        let mut queue =
            Source::of(json!({"queueURL": "https://sqs.eu-west-1.amazonaws.com/1/jobs"}));
        let found = advice("aws-sqs-queue", &mut queue).expect("known");
        assert!(found.query.contains("dimension_QueueName=\"jobs\""));
        assert_eq!(advice("external", &mut Source::of(json!({}))), None);
    }
}
