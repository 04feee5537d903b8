// What libqrencode offers, as the QRCodes module's one C-calling file sees it.
#include <qrencode.h>
