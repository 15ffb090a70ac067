@echo off
rem Klik dua kali: memasang program bila perlu, lalu membuka meja kerja di peramban.
rem mulai.cmd laporan: membersihkan data\raw dan membuat laporan tanpa meja kerja.
rem (Double click: installs the program if need be, and opens the desk in the browser.
rem mulai.cmd laporan: cleans data\raw and makes the reports without the desk.)
setlocal EnableExtensions
title Laporan ASN
cd /d "%~dp0"
set "VENV=.venv"
set "MPLBACKEND=Agg"
set "PYTHONUTF8=1"

if exist requirements.lock goto complete
echo Berkas program tidak lengkap: requirements.lock tidak ada di folder ini.
echo Ekstrak seluruh isi berkas zip ke satu folder, lalu klik dua kali mulai.cmd di folder itu.
goto failed

rem Yang sudah terpasang dari kunci yang sama, dengan Python yang masih ada, tidak dipasang lagi.
:complete
if not exist "%VENV%\Scripts\asn-research.exe" goto find
"%VENV%\Scripts\python.exe" -c "import filecmp, sys; sys.exit(not filecmp.cmp('requirements.lock', r'%VENV%\installed.lock', shallow=False))" >nul 2>&1
if not errorlevel 1 goto run

:find
set "PY="
for %%v in (3.14 3.13 3.12 3.11) do call :try py -%%v
call :try python
if defined PY goto install
echo Python 3.11 sampai 3.14, 64-bit, belum terpasang di komputer ini.
echo Unduh dari https://www.python.org/downloads/windows/ dan centang "Add python.exe to PATH"
echo saat memasang. Setelah itu klik dua kali mulai.cmd sekali lagi.
goto failed

:install
echo Memasang program dengan %PY%. Pertama kali perlu beberapa menit dan sambungan internet...
%PY% -m venv --clear "%VENV%"
if errorlevel 1 goto not_installed
"%VENV%\Scripts\python.exe" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
if errorlevel 1 goto not_installed
"%VENV%\Scripts\python.exe" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
if errorlevel 1 goto not_installed
copy /y requirements.lock "%VENV%\installed.lock" >nul

:run
if defined CI goto reports
if /i "%~1"=="laporan" goto reports
echo Meja kerja dibuka di peramban. Jendela ini jangan ditutup selama bekerja; tutup bila sudah selesai.
"%VENV%\Scripts\asn-research.exe" desk
if not errorlevel 1 exit /b 0
echo.
echo Meja kerja tidak dapat dibuka. Baca pesan di atas: di situ tertulis apa yang perlu diperbaiki.
goto failed

:reports
echo Membersihkan data\raw dan membuat laporan. Jendela ini jangan ditutup...
"%VENV%\Scripts\asn-research.exe" run --simulate-if-empty
set "CODE=%ERRORLEVEL%"
if "%CODE%"=="0" goto made
echo.
echo Ada yang tidak selesai, kode %CODE%. Baca pesan di atas: di situ tertulis apa yang perlu diperbaiki.
if defined CI exit /b %CODE%
if exist reports\publik\index.html start "" reports\publik\index.html
pause
exit /b %CODE%

:made
echo Selesai. Laporan ada di reports\publik\index.html
if not defined CI start "" reports\publik\index.html
exit /b 0

:not_installed
echo.
echo Program tidak dapat dipasang. Periksa sambungan internet, dan taruh folder ini di tempat yang
echo namanya pendek ^(misalnya C:\asn^) lalu klik dua kali mulai.cmd sekali lagi.
:failed
if not defined CI pause
exit /b 1

rem Mencoba satu Python: versinya, 64-bit, dan dapat membuat lingkungan. (Tries one Python.)
:try
if defined PY exit /b 0
%* -c "import sys, ssl, venv, ensurepip; sys.exit(not ((3, 11) <= sys.version_info[:2] <= (3, 14) and sys.maxsize > 2**32))" >nul 2>&1
if not errorlevel 1 set "PY=%*"
exit /b 0
