#pragma once

#include <analysis/quality.h>
#include <analysis/recognition.h>

#include <ldm/image.h>

#include <filesystem>
#include <string>
#include <vector>

namespace analysis {

/// Peak signal-to-noise ratio in dB over all channels, peak 255; +infinity for equal pictures. Throws BadInput for
/// empty pictures or different sizes.
double psnr(const ldm::Image& a, const ldm::Image& b);
/// Mean structural similarity (Wang et al. 2004): 11x11 Gaussian window, sigma 1.5, K1 0.01, K2 0.03, L 255, on luma
/// (Rec. 601), double precision, window positions inside the picture. 1 for equal pictures.
double ssim(const ldm::Image& a, const ldm::Image& b);

struct ImageMetrics {
    double psnr = 0;
    double ssim = 0;
    double perceptual = 0; ///< perceptualDistance(), 0 for equal pictures
    std::optional<SalienceMetrics> salience = {};
};

/// All that the evaluator says of one picture.
struct Seen {
    Perception perception;
    std::optional<Recognition> recognition; ///< see recognise()
};
/// With a reference, salience is of the class that the reference is taken for.
Seen see(const Evaluator& evaluator, const ldm::Image& image, const Seen* reference = nullptr);

/// `ofReference` and `ofOther` are what one evaluator sees in the two, the one being the other's reference. Throws
/// BadInput as psnr() and ssim() do.
ImageMetrics compareImages(const ldm::Image& reference, const ldm::Image& other, const Seen& ofReference,
                           const Seen& ofOther);

/// PNG, RGB, written aside and renamed. Throws WriteFailed.
void savePng(const ldm::Image& image, const std::filesystem::path& file);
/// Throws BadInput.
ldm::Image loadPng(const std::filesystem::path& file);

/// Pictures on a sheet: one row per label in `rows`, one column per label in `columns`, captions drawn beside.
/// cells[row][column]; a caption under each cell may be empty.
struct Sheet {
    std::vector<std::string> rows;
    std::vector<std::string> columns;
    std::vector<std::vector<ldm::Image>> cells;
    std::vector<std::vector<std::string>> captions;
};
ldm::Image draw(const Sheet& sheet);

} // namespace analysis
