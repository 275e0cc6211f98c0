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
    "*nodes*: no key *metrics_gc_queue_length*": "the statistics of RabbitMQ are a database",
    "*/overview: no key *release_series_support_status*": "RabbitMQ's own releases",
    "*: no key *listeners*.socket_opts.*": "options of Erlang's sockets",
    "*: type of *.cowboy_opts *": "an object, never an empty list",
    "*nodes*: no key *ra_open_file_metrics*": "files of RabbitMQ's Raft log",
    "*: no key *.cluster_state.*": "the node has a name of its own",
    "GET /cluster-name: $.name *": "the node has a name of its own",
    # Only when they have not been used for a while, which RabbitMQ finds at another moment.
    "*: no key *.idle_since": "there once the object is idle",
    # We say more, or say it better.
    "*: $.error is 'not_found' instead of 'Object Not Found'": "goes with a reason",
    "*: $.reason is \"no *\" instead of 'Not Found'": "says what is not there",
    "*/c.durable/get: no row *u0000*": "the beginning of a binary message is binary too",
    "*: type of *.peer_cert_* is null *": "null without TLS, not an empty text",
    "*: type of *.ssl_* is null *": "null without TLS, not an empty text",
    "*: *.message_stats.confirm is 0 instead of *": "publishing over HTTP is no confirm of a channel",
    "*: *page size 100' instead of *page size undefined'": "the page size that counts",
}
