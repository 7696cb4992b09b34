#include <analysis/images.h>

#include "pixels.h"

#include <ldm/error.h>
#include <ldm/files.h>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <array>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>

namespace analysis {

namespace {

constexpr double kPeak = 255.0;
constexpr int kWindow = 11;
constexpr std::size_t kLargestPng = std::size_t{256} << 20;

void requireComparable(const ldm::Image& a, const ldm::Image& b) {
    if (a.empty() || b.empty()) throw ldm::badInput("An empty picture cannot be compared; give two pictures.");
    if (a.width != b.width || a.height != b.height)
        throw ldm::badInput("Pictures of " + std::to_string(a.width) + "x" + std::to_string(a.height) + " and " +
                            std::to_string(b.width) + "x" + std::to_string(b.height) +
                            " pixels cannot be compared; make them the same size.");
}

cv::Mat luma(const ldm::Image& image) {
    cv::Mat rgb;
    view(image).convertTo(rgb, CV_64FC3);
    cv::Mat y;
    cv::transform(rgb, y, cv::Matx13d(0.299, 0.587, 0.114));
    return y;
}

/// Gaussian mean at every window position that lies inside the picture.
cv::Mat windowMean(const cv::Mat& values) {
    cv::Mat mean;
    cv::GaussianBlur(values, mean, {kWindow, kWindow}, 1.5);
    constexpr int kMargin = kWindow / 2;
    return mean({kMargin, kMargin, values.cols - 2 * kMargin, values.rows - 2 * kMargin});
}

std::string readBytes(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    std::error_code error;
    const auto size = std::filesystem::file_size(file, error);
    if (!stream || error) throw ldm::badInput(file.string() + " cannot be read; check the name and the permissions.");
    if (size > kLargestPng) throw ldm::badInput(file.string() + " is larger than 256 MiB; give a smaller picture.");
    std::string bytes(static_cast<std::size_t>(size), '\0');
    if (!stream.read(bytes.data(), static_cast<std::streamsize>(size)))
        throw ldm::badInput(file.string() + " cannot be read to its end; check the disk.");
    return bytes;
}

} // namespace

double psnr(const ldm::Image& a, const ldm::Image& b) {
    requireComparable(a, b);
    double squares = 0;
    for (std::size_t i = 0; i < a.rgb.size(); ++i) {
        const double difference = double(a.rgb[i]) - double(b.rgb[i]);
        squares += difference * difference;
    }
    if (squares == 0) return std::numeric_limits<double>::infinity();
    return 10.0 * std::log10(kPeak * kPeak * double(a.rgb.size()) / squares);
}

double ssim(const ldm::Image& a, const ldm::Image& b) {
    requireComparable(a, b);
    if (a.width < kWindow || a.height < kWindow)
        throw ldm::badInput("A picture of " + std::to_string(a.width) + "x" + std::to_string(a.height) +
                            " pixels is smaller than the 11x11 window of SSIM; make larger pictures.");
    constexpr double kC1 = (0.01 * kPeak) * (0.01 * kPeak);
    constexpr double kC2 = (0.03 * kPeak) * (0.03 * kPeak);
    const cv::Mat x = luma(a);
    const cv::Mat y = luma(b);
    const cv::Mat mx = windowMean(x);
    const cv::Mat my = windowMean(y);
    const cv::Mat vx = windowMean(x.mul(x)) - mx.mul(mx);
    const cv::Mat vy = windowMean(y.mul(y)) - my.mul(my);
    const cv::Mat covariance = windowMean(x.mul(y)) - mx.mul(my);
    const cv::Mat above = (2 * mx.mul(my) + kC1).mul(2 * covariance + kC2);
    const cv::Mat below = (mx.mul(mx) + my.mul(my) + kC1).mul(vx + vy + kC2);
    const cv::Mat quotient = above / below;
    return cv::mean(quotient)[0];
}

Seen see(const Evaluator& evaluator, const ldm::Image& image, const Seen* reference) {
    Seen seen{evaluator.look(image), std::nullopt};
    std::optional<int> cls;
    if (reference && reference->recognition) cls = reference->recognition->salience.cls;
    seen.recognition = recognise(evaluator, image, seen.perception, cls);
    return seen;
}

ImageMetrics compareImages(const ldm::Image& reference, const ldm::Image& other, const Seen& ofReference,
                           const Seen& ofOther) {
    return {psnr(reference, other), ssim(reference, other),
            perceptualDistance(ofReference.perception, ofOther.perception),
            compareSalience(reference, other, ofReference.recognition, ofOther.recognition)};
}

void savePng(const ldm::Image& image, const std::filesystem::path& file) {
    if (image.empty()) throw ldm::Error(ldm::ErrorKind::WriteFailed, file.string() + ": an empty picture has no PNG.");
    cv::Mat bgr;
    cv::cvtColor(view(image), bgr, cv::COLOR_RGB2BGR);
    std::vector<unsigned char> bytes;
    if (!cv::imencode(".png", bgr, bytes))
        throw ldm::Error(ldm::ErrorKind::WriteFailed, file.string() + ": the picture could not be encoded as PNG.");
    ldm::writeTextFile(file, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

ldm::Image loadPng(const std::filesystem::path& file) {
    constexpr std::array<char, 8> kSignature{'\x89', 'P', 'N', 'G', '\r', '\n', '\x1a', '\n'};
    const std::string bytes = readBytes(file);
    if (bytes.size() < kSignature.size() || std::memcmp(bytes.data(), kSignature.data(), kSignature.size()) != 0)
        throw ldm::badInput(file.string() + " is not a PNG file; give a PNG.");
    cv::Mat bgr;
    try {
        bgr = cv::imdecode(cv::Mat(1, int(bytes.size()), CV_8U, const_cast<char*>(bytes.data())), cv::IMREAD_COLOR);
    } catch (const cv::Exception&) {
        bgr.release(); // dimensions beyond what the decoder accepts
    }
    if (bgr.empty()) throw ldm::badInput(file.string() + " is a damaged PNG file; make it again.");
    cv::Mat rgb;
    cv::cvtColor(bgr, rgb, cv::COLOR_BGR2RGB);
    return toImage(rgb);
}

} // namespace analysis
