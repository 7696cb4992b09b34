#include "cases.h"

#include <analysis/images.h>

#include <QImage>
#include <QTemporaryDir>

#include <cmath>
#include <fstream>

using namespace analysis;

namespace {

ldm::Image filled(int width, int height, std::uint8_t value) {
    return {width, height, std::vector<std::uint8_t>(std::size_t(width) * std::size_t(height) * 3, value)};
}

/// Every pixel another colour, so that swapped channels or rows show.
ldm::Image pattern(int width, int height) {
    auto image = filled(width, height, 0);
    for (std::size_t i = 0; i < image.rgb.size(); ++i) image.rgb[i] = std::uint8_t((i * 37 + i / 7 * 11) % 251);
    return image;
}

bool near(double actual, double expected, double tolerance = 1e-9) {
    return std::abs(actual - expected) < tolerance;
}

bool isRefused(const std::function<void()>& work) {
    return !support::failureOf(ldm::ErrorKind::BadInput, work).empty();
}

} // namespace

class ImagesTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aConstantOffsetHasItsKnownPsnr() {
        // mean square 100: 10 log10(65025 / 100)
        QVERIFY(near(psnr(filled(16, 12, 100), filled(16, 12, 110)), 28.130803608679106));
        QVERIFY(near(psnr(filled(16, 12, 0), filled(16, 12, 255)), 0.0));
    }

    void oneChangedChannelCountsOverAllChannels() {
        auto other = filled(2, 2, 50);
        other.rgb[4] = 56; // 36 over 12 values
        QVERIFY(near(psnr(filled(2, 2, 50), other), 10 * std::log10(65025.0 / 3.0)));
    }

    void equalPicturesAreExactAndFullySimilar() {
        const auto image = pattern(32, 20);
        QVERIFY(std::isinf(psnr(image, image)));
        QVERIFY(near(ssim(image, image), 1.0));
    }

    void constantPicturesHaveTheLuminanceTermAlone() {
        const double c1 = (0.01 * 255) * (0.01 * 255);
        const double expected = (2.0 * 100 * 140 + c1) / (100.0 * 100 + 140.0 * 140 + c1);
        QVERIFY(near(ssim(filled(20, 20, 100), filled(20, 20, 140)), expected, 1e-6));
    }

    void invertedStructureIsDissimilar() {
        const auto image = pattern(24, 24);
        auto inverted = image;
        for (auto& value : inverted.rgb) value = std::uint8_t(255 - value);
        QVERIFY(ssim(image, inverted) < 0);
        QVERIFY(near(ssim(image, inverted), ssim(inverted, image), 1e-12));
    }

    /// One window position: the sums over its 121 weighted pixels, written out.
    void theSmallestPictureEqualsTheFormulaByHand() {
        const auto a = pattern(11, 11);
        auto b = a;
        for (std::size_t i = 0; i < b.rgb.size(); i += 5) b.rgb[i] = std::uint8_t(b.rgb[i] / 2);
        double weights = 0, x = 0, y = 0, xx = 0, yy = 0, xy = 0;
        for (int row = 0; row < 11; ++row)
            for (int column = 0; column < 11; ++column) {
                const double distance = (row - 5) * (row - 5) + (column - 5) * (column - 5);
                const double w = std::exp(-distance / (2 * 1.5 * 1.5));
                const auto luma = [&](const ldm::Image& image) {
                    const auto* p = &image.rgb[std::size_t(row * 11 + column) * 3];
                    return 0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2];
                };
                const double va = luma(a), vb = luma(b);
                weights += w, x += w * va, y += w * vb, xx += w * va * va, yy += w * vb * vb, xy += w * va * vb;
            }
        x /= weights, y /= weights, xx /= weights, yy /= weights, xy /= weights;
        const double c1 = 6.5025, c2 = 58.5225;
        const double expected =
            (2 * x * y + c1) * (2 * (xy - x * y) + c2) / ((x * x + y * y + c1) * (xx - x * x + yy - y * y + c2));
        QVERIFY(near(ssim(a, b), expected, 1e-9));
    }

    void picturesThatCannotBeComparedAreRefused() {
        QVERIFY(isRefused([] { psnr(filled(4, 4, 0), filled(4, 5, 0)); }));
        QVERIFY(isRefused([] { ssim(filled(40, 20, 0), filled(20, 40, 0)); }));
        QVERIFY(isRefused([] { psnr({}, {}); }));
        QVERIFY(isRefused([] { ssim(filled(10, 30, 0), filled(10, 30, 0)); }));
    }

    void aPngIsReadBackAsItWas() {
        const auto image = pattern(13, 7);
        savePng(image, path("a.png"));
        QVERIFY(loadPng(path("a.png")) == image);
    }

    void theChannelsOfAPngAreInOrder() {
        auto image = filled(2, 1, 0);
        image.rgb = {255, 0, 0, 0, 0, 255};
        savePng(image, path("rgb.png"));
        const QImage read(QString::fromStdString(path("rgb.png").string()));
        QCOMPARE(read.pixelColor(0, 0), QColor(Qt::red));
        QCOMPARE(read.pixelColor(1, 0), QColor(Qt::blue));
    }

    void aPngThatCannotBeWrittenLeavesNothing() {
        const auto target = path("missing/folder/a.png");
        QVERIFY(!support::failureOf(ldm::ErrorKind::WriteFailed, [&] { savePng(pattern(3, 3), target); }).empty());
        QVERIFY(!std::filesystem::exists(target));
    }

    void badPngFilesAreRefusedByName() {
        savePng(pattern(64, 64), path("whole.png"));
        std::filesystem::copy_file(path("whole.png"), path("cut.png"));
        std::filesystem::resize_file(path("cut.png"), 20);
        std::ofstream(path("text.png")) << "no picture at all";
        std::ofstream(path("empty.png")).flush();
        for (const std::string name : {"cut.png", "text.png", "empty.png", "absent.png"}) {
            const auto sentence = support::failureOf(ldm::ErrorKind::BadInput, [&] { loadPng(path(name)); });
            QVERIFY2(sentence.find(name) != std::string::npos, name.c_str());
        }
    }

    void aSheetHoldsEveryPictureEnlargedByAWholeFactor() {
        Sheet sheet{{"a prompt"}, {"full", "recipe"}, {{filled(64, 64, 10), filled(64, 64, 200)}}, {{"", "20 dB"}}};
        const auto image = draw(sheet);
        const auto count = [&](std::uint8_t value) {
            std::size_t pixels = 0;
            for (std::size_t i = 0; i < image.rgb.size(); i += 3)
                pixels += image.rgb[i] == value && image.rgb[i + 1] == value && image.rgb[i + 2] == value;
            return pixels;
        };
        QVERIFY(count(10) >= 192 * 192);
        QVERIFY(count(200) >= 192 * 192);
        QVERIFY(image.width > 2 * 192 && image.height > 192);
    }

    void charactersTheFontLacksBecomeOneQuestionMarkEach() {
        const auto sheetOf = [](const std::string& label) {
            return draw({{label}, {"full"}, {{filled(8, 8, 0)}}, {}});
        };
        QVERIFY(sheetOf("caf\xC3\xA9 \xF0\x9F\x98\x80") == sheetOf("caf? ?"));
        QVERIFY(!(sheetOf("caf\xC3\xA9") == sheetOf("cafe")));
    }

    void longLabelsAreWrappedNotCut() {
        std::string words;
        for (int i = 0; i < 60; ++i) words += "grinning face ";
        const auto sheetOf = [](const std::string& label) {
            return draw({{label}, {"full"}, {{filled(8, 8, 0)}}, {}});
        };
        QVERIFY(sheetOf(words).height > sheetOf("short").height);
        QCOMPARE(sheetOf(words).width, sheetOf("short").width);
        QVERIFY(sheetOf(std::string(500, 'x')).height > sheetOf("short").height);
    }

    void unevenAndEmptySheetsAreDrawn() {
        QVERIFY(!draw({}).empty());
        QVERIFY(!draw({{"one", "two"}, {}, {{filled(8, 8, 0)}, {filled(30, 9, 1), ldm::Image{}}}, {{"a"}}}).empty());
    }

private:
    std::filesystem::path path(const std::string& name) const {
        return std::filesystem::path(m_folder.path().toStdString()) / name;
    }
    QTemporaryDir m_folder;
};

NOISEFLOOR_TEST(ImagesTest)
#include "tst_images.moc"
