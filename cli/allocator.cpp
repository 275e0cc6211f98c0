// How jemalloc, where it is linked, gives memory back: after a burst the broker is small again
// within a few seconds, also when nothing happens any more that would make it look.
extern "C" {
/// Read by jemalloc when the process starts; without jemalloc nobody reads it.
extern const char* malloc_conf;
const char* malloc_conf = "background_thread:true,dirty_decay_ms:1000,muzzy_decay_ms:0";
}
