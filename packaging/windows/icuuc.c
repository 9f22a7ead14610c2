/* Stands in for the icuuc.dll of Windows 10, which Wine lacks, so that Qt6Core.dll loads.

   No converter can be opened. Qt then converts text by itself, which it does for UTF-8, UTF-16 and
   Latin 1. Only for Wine: a package must not hold this file. */

#include <stddef.h>

#define EXPORT __declspec(dllexport)

enum { UNSUPPORTED = 16 }; /* U_UNSUPPORTED_ERROR */

static void *refuse(int *error)
{
    if (error)
        *error = UNSUPPORTED;
    return NULL;
}

EXPORT void *ucnv_open(const char *name, int *error) { return refuse(error); }
EXPORT void ucnv_close(void *converter) {}

EXPORT int ucnv_countAvailable(void) { return 0; }
EXPORT const char *ucnv_getAvailableName(int place) { return NULL; }
EXPORT const char *ucnv_getName(const void *converter, int *error) { return refuse(error); }
EXPORT const char *ucnv_getStandardName(const char *name, const char *standard, int *error)
{
    return refuse(error);
}

/* Reached only through a converter, of which there is none. */
EXPORT void ucnv_reset(void *converter) {}
EXPORT signed char ucnv_getMaxCharSize(const void *converter) { return 1; }
EXPORT int ucnv_toUCountPending(const void *converter, int *error) { return 0; }
EXPORT int ucnv_fromUCountPending(const void *converter, int *error) { return 0; }
EXPORT void ucnv_toUnicode(void) {}
EXPORT void ucnv_fromUnicode(void) {}
EXPORT void ucnv_getToUCallBack(void) {}
EXPORT void ucnv_getFromUCallBack(void) {}
EXPORT void ucnv_setToUCallBack(void) {}
EXPORT void ucnv_setFromUCallBack(void) {}
EXPORT void ucnv_cbToUWriteUChars(void) {}
EXPORT void ucnv_cbFromUWriteUChars(void) {}
EXPORT void UCNV_TO_U_CALLBACK_SUBSTITUTE(void) {}
EXPORT void UCNV_FROM_U_CALLBACK_SUBSTITUTE(void) {}
