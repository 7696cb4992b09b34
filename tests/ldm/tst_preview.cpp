#include "support/testmain.h"

#include <ATen/ATen.h>
#include <ldm/denoise.h>
#include <ldm/model.h>
#include <ldm/networks.h>
#include <ldm/preview.h>

#include <algorithm>

namespace {

/// Colours of a latent position are an affine function of its channels, with a pattern on top that has no mean.
class AffineDecoder final : public ldm::Autoencoder {
public:
    AffineDecoder(int channels, int scale)
        : Autoencoder({.latentChannels = channels, .scale = scale, .scalingFactor = 0.2}) {
        at::manual_seed(3);
        m_colours = at::randn({3, channels}) * 0.05;
        m_offset = at::randn({3, 1}) * 0.2;
    }
    at::Tensor colours(const at::Tensor& latent) const {
        const at::Tensor flat = at::matmul(m_colours, latent.flatten(2)) + m_offset;
        return flat.view({latent.size(0), 3, latent.size(2), latent.size(3)});
    }
    at::Tensor decode(ldm::Arithmetic&, const at::Tensor& latent) const override {
        const int scale = facts().scale;
        const at::Tensor large =
            at::upsample_nearest2d(colours(latent), {latent.size(2) * scale, latent.size(3) * scale});
        return large + at::arange(large.size(3), at::kFloat).remainder(2).sub(0.5);
    }
    at::Tensor encode(ldm::Arithmetic&, const at::Tensor& image) const override { return image; }

private:
    at::Tensor m_colours;
    at::Tensor m_offset;
};

at::Tensor pixelsOf(const ldm::Image& image) {
    at::Tensor pixels = at::empty({image.height, image.width, 3}, at::kByte);
    std::copy(image.rgb.begin(), image.rgb.end(), pixels.data_ptr<std::uint8_t>());
    return pixels.permute({2, 0, 1}).to(at::kDouble);
}

at::Tensor bytesOf(const at::Tensor& colours) {
    return ((colours.to(at::kDouble) + 1) * 127.5).clamp(0, 255);
}

double correlation(at::Tensor a, at::Tensor b) {
    a = a.flatten() - a.mean();
    b = b.flatten() - b.mean();
    return (a.dot(b) / (a.norm() * b.norm())).item<double>();
}

} // namespace

class TestPreview : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void affineDecodersAreRecovered_data();
    void affineDecodersAreRecovered();
    void previewsLookLikeDecodedPictures();
    void fittingTwiceGivesTheSame();

private:
    const at::NoGradGuard m_noGrad;
};

void TestPreview::affineDecodersAreRecovered_data() {
    QTest::addColumn<int>("channels");
    QTest::addColumn<int>("scale");
    QTest::newRow("SD") << 4 << 8;
    QTest::newRow("one channel") << 1 << 2;
    QTest::newRow("sixteen channels") << 16 << 8;
    QTest::newRow("small") << 3 << 4;
}

void TestPreview::affineDecodersAreRecovered() {
    QFETCH(int, channels);
    QFETCH(int, scale);
    const AffineDecoder decoder(channels, scale);
    ldm::FloatArithmetic full;
    const ldm::LatentPreview preview = ldm::LatentPreview::fit(decoder, full);
    at::manual_seed(8);
    const at::Tensor latent = at::randn({1, channels, 5, 9});
    const ldm::Image image = preview.of(latent);
    QCOMPARE(image.width, 9);
    QCOMPARE(image.height, 5);
    const at::Tensor expected = bytesOf(decoder.colours(latent / 0.2)[0]);
    QVERIFY((pixelsOf(image) - expected).abs().max().item<double>() < 0.51); // rounded to whole numbers
}

void TestPreview::previewsLookLikeDecodedPictures() {
    const ldm::Model model = ldm::Model::open("emoji-ldm");
    ldm::Networks& networks = model.networks();
    std::vector<ldm::GenerateSettings> settings;
    for (const char* prompt : {"a red heart", "a yellow smiling face", "a green tree", "a blue car"}) {
        settings.emplace_back().prompt = prompt;
        settings.back().steps = 8;
    }
    ldm::Trajectory trajectory(networks, ldm::prepare(networks, settings));
    while (!trajectory.done()) trajectory.advance(networks.unet.finish(networks.unetArithmetic, trajectory.state()));

    const ldm::Autoencoder& autoencoder = networks.autoencoder();
    const ldm::AutoencoderFacts& facts = autoencoder.facts();
    const ldm::LatentPreview preview = ldm::LatentPreview::fit(autoencoder, networks.vaeArithmetic);
    std::vector<at::Tensor> seen, expected;
    for (std::int64_t i = 0; i < trajectory.denoised().size(0); ++i) {
        const at::Tensor latent = trajectory.denoised().narrow(0, i, 1);
        const at::Tensor decoded = autoencoder.decode(networks.vaeArithmetic, latent / facts.scalingFactor);
        expected.push_back(bytesOf(at::avg_pool2d(decoded, {facts.scale, facts.scale})[0]));
        seen.push_back(pixelsOf(preview.of(latent)));
        const double found = correlation(seen.back(), expected.back());
        QVERIFY2(found > 0.8, (settings[static_cast<std::size_t>(i)].prompt + " " + std::to_string(found)).c_str());
    }
    const double all = correlation(at::cat(seen), at::cat(expected));
    QVERIFY2(all > 0.9, std::to_string(all).c_str());
}

void TestPreview::fittingTwiceGivesTheSame() {
    const ldm::Model model = ldm::Model::open("emoji-ldm");
    ldm::Networks& networks = model.networks();
    const at::Tensor latent = at::randn({1, 4, 6, 6});
    const auto image = [&] {
        return ldm::LatentPreview::fit(networks.autoencoder(), networks.vaeArithmetic).of(latent);
    };
    const ldm::Image first = image();
    at::randn({100}); // of the generator that everyone shares
    QCOMPARE(image(), first);
}

NOISEFLOOR_TEST(TestPreview)
#include "tst_preview.moc"
