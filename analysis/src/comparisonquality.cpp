#include <analysis/compare.h>

#include <ldm/error.h>
#include <quant/quantize.h>

#include <cmath>
#include <limits>

namespace analysis {

namespace {

/// What the evaluator says of all pictures of one kind.
struct Verdicts {
    std::vector<std::vector<double>> features;
    std::vector<std::optional<Agreement>> agreements;

    void add(const Verdict& verdict) {
        features.push_back(verdict.features);
        agreements.push_back(verdict.agreement);
    }
};

void addMetrics(RecipeQuality& sums, const ImageMetrics& metrics) {
    sums.mean.ssim += metrics.ssim;
    sums.mean.perceptual += metrics.perceptual;
    if (std::isinf(metrics.psnr))
        ++sums.exact;
    else
        sums.mean.psnr += metrics.psnr;
}

/// Of the finite ones; infinite where there is none.
double meanDecibels(const std::vector<double>& values) {
    double sum = 0;
    int finite = 0;
    for (const double value : values)
        if (std::isfinite(value)) {
            sum += value;
            ++finite;
        }
    return finite == 0 ? std::numeric_limits<double>::infinity() : sum / finite;
}

void addErrors(quant::ErrorSums& sums, const std::vector<float>& full, const std::vector<float>& other) {
    for (std::size_t i = 0; i < full.size(); ++i) {
        sums.signal += double(full[i]) * full[i];
        sums.error += std::pow(double(other.at(i)) - full[i], 2);
    }
}

/// Pooled over all pictures, in double.
double endToEndDb(const std::vector<ComparedPicture>& pictures, std::size_t recipe) {
    quant::ErrorSums sums;
    for (const auto& picture : pictures) addErrors(sums, picture.full.latent, picture.quantized.at(recipe).latent);
    return sums.db();
}

RecipeQuality recipeQuality(const std::vector<ComparedPicture>& pictures, std::size_t recipe, const Verdicts& full) {
    RecipeQuality quality;
    quality.endToEndDb = endToEndDb(pictures, recipe);
    Verdicts own;
    std::vector<std::optional<SalienceMetrics>> salience;
    for (const auto& picture : pictures) {
        addMetrics(quality, picture.metrics.at(recipe));
        salience.push_back(picture.metrics.at(recipe).salience);
        own.add(picture.verdicts.at(recipe));
    }
    const std::size_t inexact = pictures.size() - quality.exact;
    quality.mean.psnr = inexact == 0 ? std::numeric_limits<double>::infinity() : quality.mean.psnr / double(inexact);
    quality.mean.ssim /= double(pictures.size());
    quality.mean.perceptual /= double(pictures.size());
    if (pictures.size() > 1) quality.frechet = frechetDistance(full.features, own.features);
    quality.agreement = meanOf(own.agreements);
    quality.salience = meanOf(salience);
    return quality;
}

} // namespace

std::optional<MeanSalience> meanOf(const std::vector<std::optional<SalienceMetrics>>& metrics) {
    MeanSalience mean;
    std::vector<double> salient, rest;
    for (const auto& one : metrics) {
        if (!one) continue;
        ++mean.pictures;
        mean.drift += one->drift;
        mean.sameClass += one->isSameClass ? 1 : 0;
        salient.push_back(one->salientPsnr);
        rest.push_back(one->restPsnr);
    }
    if (mean.pictures == 0) return std::nullopt;
    mean.drift /= mean.pictures;
    mean.sameClass /= mean.pictures;
    mean.salientPsnr = meanDecibels(salient);
    mean.restPsnr = meanDecibels(rest);
    return mean;
}

double latentDb(const std::vector<float>& full, const std::vector<float>& other) {
    if (full.size() != other.size())
        throw ldm::badInput("Latents of different sizes cannot be compared; make both pictures in the same size.");
    quant::ErrorSums sums;
    addErrors(sums, full, other);
    return sums.db();
}

ComparisonQuality qualityOf(const std::vector<ComparedPicture>& pictures) {
    if (pictures.empty()) throw ldm::badInput("Without a picture there is no quality to measure; give a prompt.");
    Verdicts full;
    for (const auto& picture : pictures) full.add(picture.fullVerdict);
    ComparisonQuality quality;
    quality.full = meanOf(full.agreements);
    for (std::size_t recipe = 0; recipe < pictures.front().metrics.size(); ++recipe)
        quality.recipes.push_back(recipeQuality(pictures, recipe, full));
    return quality;
}

} // namespace analysis
