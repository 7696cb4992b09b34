#pragma once

#include <ldm/image.h>

#include <opencv2/core.hpp>

namespace analysis {

/// The picture as an OpenCV matrix (RGB) that shares its bytes; for reading only.
inline cv::Mat view(const ldm::Image& image) {
    return cv::Mat(image.height, image.width, CV_8UC3, const_cast<std::uint8_t*>(image.rgb.data()));
}

/// A copy of an 8-bit RGB matrix.
inline ldm::Image toImage(const cv::Mat& rgb) {
    ldm::Image image{rgb.cols, rgb.rows, std::vector<std::uint8_t>(rgb.total() * 3)};
    rgb.copyTo(cv::Mat(image.height, image.width, CV_8UC3, image.rgb.data()));
    return image;
}

} // namespace analysis
