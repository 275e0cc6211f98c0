"""Where Leveret answers otherwise than RabbitMQ 3.10, on purpose. The only place for it.

case: the name of the case. rabbitmq, leveret: what each does; leveret lists pieces of lines that must stand in its
transcript, so that one wanted difference does not hide another. why: the reason, with the row of the reference.
An entry whose case no longer differs fails the run, and so does a difference without an entry.
"""

ENTRIES = []
