#include "cases.h"

#include <analysis/scriptclassifier.h>

#include <ATen/ATen.h>
#include <torch/csrc/jit/api/module.h>

#include <QTemporaryDir>

#include <cmath>
#include <fstream>

using namespace analysis;
namespace fs = std::filesystem;

namespace {

constexpr int kSide = 4;
/// Pictures reach the classifier as values in [0, 1].
constexpr ScriptInput kPlain{kSide, {0, 0, 0}, {1, 1, 1}};

ldm::Image striped(int side) {
    ldm::Image image{side, side, {}};
    for (int i = 0; i < side * side * 3; ++i) image.rgb.push_back(std::uint8_t(i * 37 % 251));
    return image;
}

} // namespace

class ScriptClassifierTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theGradientOfALinearClassifierIsItsWeights() {
        const ScriptClassifier linear = ScriptClassifier::load(saved("linear", kLinear), kPlain);
        QCOMPARE(linear.classes(), 3);
        const at::Tensor row = m_weights[1].view({3, kSide, kSide}) / 2; // a share is half of [-1, 1]
        const Salience gradient = linear.salience(striped(kSide), SalienceMethod::Gradient, 1);
        QCOMPARE(gradient.cls, 1);
        const at::Tensor expected = row.abs().amax({0}).flatten();
        for (int i = 0; i < kSide * kSide; ++i)
            QVERIFY(std::abs(gradient.values.values[std::size_t(i)] - expected[i].item<float>()) < 1e-6);
    }

    void contributionsAddUpToWhatThePictureChanges() {
        const ScriptClassifier linear = ScriptClassifier::load(saved("linear", kLinear), kPlain);
        const ldm::Image image = striped(kSide);
        const Salience map = linear.salience(image, SalienceMethod::GradientTimesInput, 2);
        double sum = 0;
        for (const float value : map.values.values) sum += value;
        double expected = 0; // the logit less that of mid-grey
        for (int c = 0; c < 3; ++c)
            for (int i = 0; i < kSide * kSide; ++i)
                expected += m_weights[2][c * kSide * kSide + i].item<double>() *
                            (image.rgb[std::size_t(3 * i + c)] / 255.0 - 0.5);
        QVERIFY(std::abs(sum - expected) < 1e-5);
    }

    void theMostProbableClassIsExplainedUnlessAnotherIsNamed() {
        const ScriptClassifier linear = ScriptClassifier::load(saved("linear", kLinear), kPlain);
        const Salience own = linear.salience(striped(kSide), SalienceMethod::Gradient);
        double sum = 0;
        for (int cls = 0; cls < 3; ++cls) {
            const Salience other = linear.salience(striped(kSide), SalienceMethod::Gradient, cls);
            QVERIFY(other.probability <= own.probability);
            sum += other.probability;
        }
        QVERIFY(std::abs(sum - 1) < 1e-6);
        QVERIFY(!refusal([&] { linear.salience(striped(kSide), SalienceMethod::Gradient, 3); }).empty());
    }

    void picturesOfAnySizeAndTheirScaleAreBroughtToIt() {
        const ScriptInput scaled{kSide, {0.5, 0.5, 0.5}, {0.25, 0.25, 0.25}};
        const fs::path file = saved("linear", kLinear);
        const Salience plain = ScriptClassifier::load(file, kPlain).salience(striped(64), SalienceMethod::Gradient, 0);
        QCOMPARE(plain.map.width, kSide);
        const Salience other = ScriptClassifier::load(file, scaled).salience(striped(64), SalienceMethod::Gradient, 0);
        for (std::size_t i = 0; i < plain.values.values.size(); ++i)
            QVERIFY(std::abs(other.values.values[i] - 4 * plain.values.values[i]) < 1e-5);
    }

    void methodsThatMustSeeLayersAreRefused() {
        const ScriptClassifier linear = ScriptClassifier::load(saved("linear", kLinear), kPlain);
        for (const SalienceMethod method :
             {SalienceMethod::Wbp, SalienceMethod::OpenWbp, SalienceMethod::GuidedGradient, SalienceMethod::GradCam}) {
            const std::string said = refusal([&] { linear.salience(striped(kSide), method); });
            QVERIFY2(said.find("linear.pt") != std::string::npos, said.c_str());
        }
        QVERIFY(!refusal([&] { linear.salience({}, SalienceMethod::Gradient); }).empty());
        QVERIFY(!refusal([&] { linear.salience(striped(kSide), SalienceMethod::Gradient, 0, 2); }).empty());
    }

    void whatIsNoClassifierIsRefusedByName_data() {
        QTest::addColumn<std::string>("source");
        QTest::newRow("another size") << std::string("return torch.linear(x.flatten(1), torch.ones([3, 5]))");
        QTest::newRow("a list") << std::string("return [x]");
        QTest::newRow("a picture") << std::string("return x");
        QTest::newRow("double") << std::string("return x.flatten(1).double()");
        QTest::newRow("constant") << std::string("return torch.ones([1, 3])");
    }
    void whatIsNoClassifierIsRefusedByName() {
        QFETCH(std::string, source);
        const fs::path file = saved("odd", source);
        const std::string said = refusal([&] { ScriptClassifier::load(file, kPlain); });
        QVERIFY2(said.find("odd.pt") != std::string::npos, said.c_str());
        QCOMPARE(std::ranges::count(said, '\n'), 0);
    }

    void filesThatAreNoProgramsAreRefused() {
        const fs::path file = fs::path(m_folder.path().toStdString()) / "text.pt";
        std::ofstream(file) << "no program";
        const std::string said = refusal([&] { ScriptClassifier::load(file); });
        QVERIFY2(said.find("text.pt") != std::string::npos, said.c_str());
        QVERIFY(!refusal([&] { ScriptClassifier::load(file.string() + "x"); }).empty());
        const fs::path linear = saved("linear", kLinear);
        fs::resize_file(linear, fs::file_size(linear) / 2);
        QVERIFY(!refusal([&] { ScriptClassifier::load(linear, kPlain); }).empty());
        QVERIFY(!refusal([&] { ScriptClassifier::load(linear, {0, {}, {1, 1, 1}}); }).empty());
        QVERIFY(!refusal([&] { ScriptClassifier::load(linear, {4, {}, {1, 0, 1}}); }).empty());
    }

    void answersThatAreNotFiniteAreNotExplained() {
        const ScriptClassifier broken =
            ScriptClassifier::load(saved("nan", "return x.flatten(1) * float('nan')"), kPlain);
        QVERIFY(!support::failureOf(ldm::ErrorKind::Failed, [&] {
                     broken.salience(striped(kSide), SalienceMethod::Gradient);
                 }).empty());
    }

private:
    static constexpr const char* kLinear = "return torch.linear(x.flatten(1), self.w)";

    static std::string refusal(const std::function<void()>& act) {
        return support::failureOf(ldm::ErrorKind::BadInput, act);
    }

    fs::path saved(const std::string& name, const std::string& body) const {
        torch::jit::Module module("classifier");
        module.register_parameter("w", m_weights, false);
        module.define("def forward(self, x):\n  " + body + "\n");
        const fs::path file = fs::path(m_folder.path().toStdString()) / (name + ".pt");
        module.save(file.string());
        return file;
    }

    at::Tensor m_weights = at::sin(at::arange(3 * 3 * kSide * kSide).to(at::kFloat)).view({3, 3 * kSide* kSide});
    QTemporaryDir m_folder;
};

NOISEFLOOR_TEST(ScriptClassifierTest)
#include "tst_scriptclassifier.moc"
