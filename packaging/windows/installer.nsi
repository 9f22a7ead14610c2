; Headwater's installer: for one user, without an administrator.
;
; `installer.py` gives VERSION, NUMBERS (four of them), KIBIBYTES, ICON, SIDE (a picture), OUT, LISTS (the macros InstallFiles and RemoveFiles,
; one line for each file) and, when there is a certificate, SIGN (a command that takes a file).
;
; Exit status: 0 done, 1 given up by the person, 2 given up by the installer, 3 Headwater is running,
; 4 the version before could not be removed, 5 this Windows cannot run Headwater.

!define NAME "Headwater"
!define PROGRAM "headwater-window.exe"
!define TERMINAL "headwater.exe"
!define UNINSTALLER "uninstall.exe"
!define UNINSTALL_KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\${NAME}"
!define SCHEME_KEY "Software\Classes\headwater"
!define PATHS_KEY "Software\Microsoft\Windows\CurrentVersion\App Paths\${TERMINAL}"
; Written by Headwater itself: adapters/login_start.py.
!define RUN_KEY "Software\Microsoft\Windows\CurrentVersion\Run"
!define APPROVED_KEY "Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"

Unicode true
!if /FileExists "${NSISDIR}/Stubs/lzma_solid-amd64-unicode"  ; NSIS' own download has none, Debian's package does
  Target amd64-unicode
!endif
SetCompressor /SOLID lzma
SetCompressorDictSize 64
RequestExecutionLevel user
ManifestDPIAware true
ManifestDPIAwareness "PerMonitorV2,System"
ManifestSupportedOS Win10

Name "${NAME}"
OutFile "${OUT}"
InstallDir "$LOCALAPPDATA\Programs\${NAME}"
InstallDirRegKey HKCU "${UNINSTALL_KEY}" "InstallLocation"
BrandingText "${NAME} ${VERSION}"
AllowSkipFiles off
ShowInstDetails nevershow
ShowUninstDetails nevershow

VIProductVersion "${NUMBERS}"
VIFileVersion "${NUMBERS}"
VIAddVersionKey "ProductName" "${NAME}"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "FileDescription" "${NAME} installer"
VIAddVersionKey "CompanyName" "The Headwater authors"
VIAddVersionKey "LegalCopyright" "MIT licence"

!include "MUI2.nsh"
!include "LogicLib.nsh"
!include "FileFunc.nsh"
!include "WinVer.nsh"
!include "x64.nsh"
!include "${LISTS}"

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_WELCOMEFINISHPAGE_BITMAP "${SIDE}"
!define MUI_UNWELCOMEFINISHPAGE_BITMAP "${SIDE}"
!define MUI_ABORTWARNING

!define MUI_PAGE_CUSTOMFUNCTION_PRE KeepFolder
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!define MUI_FINISHPAGE_TITLE "${NAME} ${VERSION} is installed"
!define MUI_FINISHPAGE_TEXT "It is in the Start menu. $\r$\n$\r$\nFor the terminal there is ${TERMINAL} in $INSTDIR."
!define MUI_FINISHPAGE_RUN "$INSTDIR\${PROGRAM}"
!insertmacro MUI_PAGE_FINISH

!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!define MUI_FINISHPAGE_TITLE "${NAME} is removed"
!define MUI_FINISHPAGE_TEXT "What is yours was kept:$\r$\n$\r$\nYour history and preferences are in$\r$\n\
$LOCALAPPDATA\${NAME}$\r$\n$\r$\nYour keys are in the Credential Manager, under Windows Credentials, in the entries \
that are named ${NAME}.$\r$\n$\r$\nDelete them there if you no longer want them."
!insertmacro MUI_UNPAGE_FINISH

!insertmacro MUI_LANGUAGE "English"

!ifdef SIGN
  !uninstfinalize '${SIGN} "%1"' = 0
!endif

Var Before  ; the folder of the version before, or empty

!macro Functions UN

; Takes a program's path from the stack and leaves 1 if it runs, else 0: nobody may write to what runs.
Function ${UN}IsRunning
  Exch $0
  Push $1
  StrCpy $1 0
  ${If} ${FileExists} "$0"
    ClearErrors
    FileOpen $1 "$0" a
    ${If} ${Errors}
      StrCpy $1 1
    ${Else}
      FileClose $1
      StrCpy $1 0
    ${EndIf}
  ${EndIf}
  StrCpy $0 $1
  Pop $1
  Exch $0
FunctionEnd

; Takes a folder from the stack and goes on when neither program in it runs; else ends with 3.
Function ${UN}AskToClose
  Exch $0
  Push $1
  Push $2
  ${Do}
    Push "$0\${PROGRAM}"
    Call ${UN}IsRunning
    Pop $1
    Push "$0\${TERMINAL}"
    Call ${UN}IsRunning
    Pop $2
    IntOp $1 $1 | $2
    ${If} $1 = 0
      ${ExitDo}
    ${EndIf}
    MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "${NAME} is running. Quit it, in its menu or at its icon \
beside the clock, and choose Retry." /SD IDCANCEL IDRETRY +3
    SetErrorLevel 3
    Quit
  ${Loop}
  Pop $2
  Pop $1
  Pop $0
FunctionEnd

; Takes a folder from the stack and leaves 1 if the program that starts with the login lies in it, else 0.
Function ${UN}StartsAtLogin
  Exch $0
  Push $1
  Push $2
  ReadRegStr $1 HKCU "${RUN_KEY}" "${NAME}"
  StrCpy $2 $1 1
  ${If} $2 == '"'
    StrCpy $1 $1 "" 1
  ${EndIf}
  StrLen $2 "$0\"
  StrCpy $1 $1 $2
  ${If} $1 == "$0\"
    StrCpy $0 1
  ${Else}
    StrCpy $0 0
  ${EndIf}
  Pop $2
  Pop $1
  Exch $0
FunctionEnd

!macroend
!insertmacro Functions ""
!insertmacro Functions "un."

Function .onInit
  SetRegView 64
  SetShellVarContext current
  ; Of 1809, the oldest that Qt runs on.
  ${IfNot} ${AtLeastBuild} 17763
  ${OrIfNot} ${RunningX64}
    MessageBox MB_OK|MB_ICONSTOP "${NAME} needs Windows 10 (1809) or newer, with 64 bits." /SD IDOK
    SetErrorLevel 5
    Quit
  ${EndIf}
  ReadRegStr $Before HKCU "${UNINSTALL_KEY}" "InstallLocation"
  ${IfNot} ${FileExists} "$Before\${UNINSTALLER}"
    StrCpy $Before ""
  ${EndIf}
FunctionEnd

Function un.onInit
  SetRegView 64
  SetShellVarContext current
  StrCpy $0 $INSTDIR "" -1
  ${If} $0 == "\"  ; as it starts its own copy
    StrCpy $INSTDIR $INSTDIR -1
  ${EndIf}
FunctionEnd

; An upgrade goes where the version before is.
Function KeepFolder
  ${If} $Before != ""
  ${AndIf} $Before == $INSTDIR
    Abort
  ${EndIf}
FunctionEnd

Section
  Push $INSTDIR
  Call AskToClose
  ${If} $Before != ""
    Push $Before
    Call AskToClose
    ; It alone knows its files. It is run where it lies, so that it is waited for, and stays itself.
    DetailPrint "Removing the version before"
    ExecWait '"$Before\${UNINSTALLER}" /S /UPGRADE _?=$Before' $0
    ${If} $0 <> 0
      MessageBox MB_OK|MB_ICONSTOP "The version before could not be removed ($0). Nothing was changed." /SD IDOK
      SetErrorLevel 4
      Quit
    ${EndIf}
    Delete "$Before\${UNINSTALLER}"
    RMDir "$Before"
  ${EndIf}

  !insertmacro InstallFiles
  SetOutPath "$INSTDIR"
  WriteUninstaller "$INSTDIR\${UNINSTALLER}"

  SetOutPath "$PROFILE"  ; the folder that the entry starts in
  CreateShortCut "$SMPROGRAMS\${NAME}.lnk" "$INSTDIR\${PROGRAM}" "" "$INSTDIR\${PROGRAM}" 0

  WriteRegStr HKCU "${SCHEME_KEY}" "" "URL:${NAME}"
  WriteRegStr HKCU "${SCHEME_KEY}" "URL Protocol" ""
  WriteRegStr HKCU "${SCHEME_KEY}\DefaultIcon" "" "$INSTDIR\${PROGRAM},0"
  ; Whatever a page puts into its link comes after `--` and is no option.
  WriteRegStr HKCU "${SCHEME_KEY}\shell\open\command" "" '"$INSTDIR\${PROGRAM}" -- "%1"'
  ; What opens the `Run` of Windows, which gives no console: the window.
  WriteRegStr HKCU "${PATHS_KEY}" "" "$INSTDIR\${PROGRAM}"

  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayName" "${NAME}"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "Publisher" "The Headwater authors"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayIcon" "$INSTDIR\${PROGRAM}"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "UninstallString" '"$INSTDIR\${UNINSTALLER}"'
  WriteRegStr HKCU "${UNINSTALL_KEY}" "QuietUninstallString" '"$INSTDIR\${UNINSTALLER}" /S'
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "EstimatedSize" ${KIBIBYTES}
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "NoModify" 1
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "NoRepair" 1

  ${If} $Before != ""
  ${AndIf} $Before != $INSTDIR
    Push $Before
    Call StartsAtLogin
    Pop $0
    ${If} $0 = 1
      WriteRegStr HKCU "${RUN_KEY}" "${NAME}" '"$INSTDIR\${PROGRAM}" --hidden'
    ${EndIf}
  ${EndIf}
  ${RefreshShellIcons}
SectionEnd

Section "Uninstall"
  Push $INSTDIR
  Call un.AskToClose
  !insertmacro RemoveFiles
  ${GetParameters} $0
  ClearErrors
  ${GetOptions} $0 "/UPGRADE" $1
  ${If} ${Errors}  ; no upgrade: nothing of ours stays
    Push $INSTDIR
    Call un.StartsAtLogin
    Pop $0
    ${If} $0 = 1
      DeleteRegValue HKCU "${RUN_KEY}" "${NAME}"
      DeleteRegValue HKCU "${APPROVED_KEY}" "${NAME}"
    ${EndIf}
    Delete "$SMPROGRAMS\${NAME}.lnk"
    DeleteRegKey HKCU "${SCHEME_KEY}"
    DeleteRegKey HKCU "${PATHS_KEY}"
    DeleteRegKey HKCU "${UNINSTALL_KEY}"
    Delete "$INSTDIR\${UNINSTALLER}"
    RMDir "$INSTDIR"  ; only if nothing else is in it
    ${RefreshShellIcons}
  ${EndIf}
SectionEnd
