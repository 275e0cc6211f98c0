"""What an answer must not have: nulls, lists where objects are meant, fractions where integers are.

`faults(answer)` walks a JSON text and says what is wrong and where.
"""

import json

MAY_BE_NULL = {
    "policy", "operator_policy", "exclusive_consumer_tag", "single_active_consumer_tag",
    "head_message_timestamp", "ssl_protocol", "ssl_cipher", "ssl_hash", "ssl_key_exchange",
    "peer_cert_subject", "peer_cert_issuer", "peer_cert_validity",
}
OBJECTS = {
    "arguments", "message_stats", "queue_totals", "object_totals", "churn_rates", "client_properties",
    "capabilities", "connection_details", "channel_details", "queue", "effective_policy_definition",
    "metadata", "cluster_state", "properties", "headers", "owner_pid_details", "socket_opts",
    "cowboy_opts", "cluster_tags", "node_tags", "sample_retention_policies", "header_types",
}
FRACTIONS = {
    "rate", "avg", "avg_rate", "consumer_utilisation", "consumer_capacity", "growth", "value",
    "publish", "deliver", "ack",  # as rates in our own answers
}




def faults(text):
    document = json.loads(text, parse_float=lambda n: ("fraction", n), parse_int=lambda n: ("integer", n))
    found = []
    _walk(document, "$", "", found)
    return found


def _walk(value, path, key, found):
    if value is None:
        if key not in MAY_BE_NULL:
            found.append(f"{path} is null")
    elif isinstance(value, tuple):
        if value[0] == "fraction" and key not in FRACTIONS and not key.endswith("avg_time"):
            found.append(f"{path} is {value[1]}")
    elif isinstance(value, dict):
        for name, member in value.items():
            is_details = name.endswith("_details") and name != "consumer_details"
            if (name in OBJECTS or is_details) and not isinstance(member, (dict, str)):
                found.append(f"{path}.{name} is no object")
            _walk(member, f"{path}.{name}", name, found)
    elif isinstance(value, list):
        for index, member in enumerate(value):
            _walk(member, f"{path}[{index}]", key, found)
