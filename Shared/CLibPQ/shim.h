// What libpq offers, as the PostgreSQL module's one C-calling file sees it.
#include <libpq-fe.h>
