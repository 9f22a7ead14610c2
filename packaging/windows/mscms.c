/* Stands in for mscms.dll, whose Wine version lacks what Qt's qwindows.dll asks it for.

   There is no colour profile, and Qt goes on without. Only for Wine: a package must not hold
   this file. */

#include <windows.h>

#define EXPORT __declspec(dllexport)

EXPORT void *WINAPI OpenColorProfileW(void *profile, DWORD access, DWORD sharing, DWORD creation)
{
    return NULL;
}

EXPORT BOOL WINAPI CloseColorProfile(void *profile) { return TRUE; }

EXPORT void *WINAPI WcsCreateIccProfile(void *profile, DWORD options) { return NULL; }

EXPORT BOOL WINAPI GetColorProfileFromHandle(void *profile, BYTE *data, DWORD *size)
{
    return FALSE;
}
