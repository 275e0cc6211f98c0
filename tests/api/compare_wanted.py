"""What differs from RabbitMQ's management plugin on purpose, each with its reason.

A pattern is matched with fnmatch against "CASE: DIFFERENCE".
"""

WANTED = {
    # Only Erlang has these.
    "*: no key *garbage_collection*": "garbage collection of Erlang's processes",
    "*: no key *backing_queue_status*": "the inside of RabbitMQ's queues",
    "*: no key *.reductions_details*": "work of Erlang's processes",
    "*: no key *recoverable_slaves*": "mirrors are RabbitMQ's 3.x",
    "*: no key *slave*": "mirrors are RabbitMQ's 3.x",
    "overview: no key *statistics_db*": "the statistics of RabbitMQ are a database",
    "*nodes*: no key *metrics_gc_queue_length*": "the statistics of RabbitMQ are a database",
    "*nodes*: no key *cluster_links*": "there is one node",
    "*nodes*: no key *log_files*": "left empty",
    "*nodes*: no key *auth_mechanisms*": "PLAIN and AMQPLAIN here",
    "*nodes*: no key *exchange_types*": "types that plugins add",
    "*: no key *ha_*": "mirrors are RabbitMQ's 3.x",
    # We say more, or say it better.
    "*: no key *.head_message_timestamp*": "RabbitMQ has it with its statistics only",
    "*: * consumer_utilisation *": "a number also when it is not known: strict clients want one",
    "*: * consumer_capacity *": "a number also when it is not known: strict clients want one",
    "*: type of *.idle_since*": "a text when the queue is idle",
    "get: type of *[].properties*": "an object also when there are no properties",
    "*: type of *.channel_details*": "an object, never an empty list",
    "*: no key *.incoming*": "filled by RabbitMQ in detailed mode only",
    "vhosts: *default_queue_type*": "'undefined' there is a text that no client knows",
    "*: status 405 instead of 404 *": "the path is one that exists",
}
