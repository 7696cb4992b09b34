# All packages come from the system; nothing is downloaded while configuring.
find_package(Qt6 6.4 REQUIRED COMPONENTS Core Gui Widgets PrintSupport Svg Test)
find_package(QCustomPlotQt6 REQUIRED)
find_package(Torch REQUIRED)
# at::parallel_for is header code under #ifdef _OPENMP; Torch does not add the flag itself.
find_package(OpenMP REQUIRED COMPONENTS CXX)
# oneDNN, which LibTorch is linked with, too: the same shared library. Its own package would ask for OpenCL's headers.
find_library(NOISEFLOOR_ONEDNN dnnl REQUIRED)
find_path(NOISEFLOOR_ONEDNN_HEADERS dnnl.hpp REQUIRED)
mark_as_advanced(NOISEFLOOR_ONEDNN NOISEFLOOR_ONEDNN_HEADERS)
# Never highgui: it brings Qt 5.
find_package(OpenCV 4.6 REQUIRED COMPONENTS core imgproc imgcodecs)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(CLI11 2.1 REQUIRED)
find_package(spdlog 1.10 REQUIRED)
find_package(ICU 72 REQUIRED COMPONENTS uc i18n)
find_package(yaml-cpp 0.7 REQUIRED)
find_package(OpenSSL 3 REQUIRED COMPONENTS Crypto)
# The targets of ONNX name protobuf's, which Debian's package leaves to others to find.
find_package(Protobuf 3.21 REQUIRED)
find_package(ONNX 1.12 REQUIRED)
# Qt's own tool for translations; other programs of that name belong to Qt 5.
find_program(NOISEFLOOR_LRELEASE lrelease HINTS ${QT6_INSTALL_PREFIX}/lib/qt6/bin NO_DEFAULT_PATH)
find_program(NOISEFLOOR_LRELEASE NAMES lrelease6 lrelease-qt6 lrelease REQUIRED)
mark_as_advanced(NOISEFLOOR_LRELEASE)
