#include "ldm/failures.h"
#include "support/testmain.h"

#include <ldm/denoise.h>
#include <ldm/devices.h>

#include <ATen/ATen.h>
#include <ATen/Context.h>

#include <QTest>

#include <cmath>

using support::failureOf;

namespace {

ldm::OpenRequest emojiOn(ldm::Compute compute) {
    ldm::OpenRequest request;
    request.model = "emoji-ldm";
    request.compute = compute;
    return request;
}

constexpr ldm::Compute kGpu{.device = ldm::DeviceKind::Cuda};

at::Tensor unetOutput(const ldm::Model& model) {
    ldm::Networks& networks = model.networks();
    ldm::GenerateSettings settings;
    settings.prompt = "a red apple";
    settings.steps = 4;
    const ldm::Trajectory trajectory(networks, ldm::prepare(networks, {settings}));
    return networks.unet.finish(networks.unetArithmetic, trajectory.state()).cpu();
}

std::vector<std::uint8_t> pictureOf(const ldm::Model& model) {
    ldm::GenerateSettings settings;
    settings.prompt = "a red apple";
    settings.steps = 4;
    return ldm::generate(model.networks(), model.networks().unetArithmetic, settings)->rgb;
}

} // namespace

class DeviceTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void withoutAGpuTheReasonIsGiven() {
        if (at::hasCUDA()) QSKIP("this machine has a GPU that CUDA can use");
        const std::string reason = failureOf(ldm::ErrorKind::BadInput, [] { ldm::Model::open(emojiOn(kGpu)); });
        const char* expected = at::Context::hasCUDART() ? "There is no GPU that CUDA can use" : "LibTorch without CUDA";
        QVERIFY2(reason.find(expected) != std::string::npos, reason.c_str());
    }

    void aGpuThatIsNotThereIsRefusedByNumber() {
        if (!at::hasCUDA()) QSKIP("there is no GPU here, or LibTorch was built without CUDA");
        ldm::Compute compute = kGpu;
        compute.deviceIndex = static_cast<int>(at::getNumGPUs());
        const std::string reason = failureOf(ldm::ErrorKind::BadInput, [&] { ldm::requireAvailable(compute); });
        QVERIFY2(reason.find("There is no GPU number") != std::string::npos, reason.c_str());
    }

    void theGpuComputesWhatTheCpuComputes() {
        if (!at::hasCUDA()) QSKIP("there is no GPU here, or LibTorch was built without CUDA");
        const ldm::Model gpu = ldm::Model::open(emojiOn(kGpu));
        const ldm::Model cpu = ldm::Model::open(emojiOn({}));
        const at::Tensor expected = unetOutput(cpu);
        QVERIFY(at::allclose(unetOutput(gpu), expected, 1e-3, 1e-3 * expected.abs().max().item<double>()));
        const std::vector<std::uint8_t> left = pictureOf(gpu), right = pictureOf(cpu);
        for (std::size_t i = 0; i < left.size(); ++i) QVERIFY(std::abs(int(left[i]) - int(right[i])) <= 3);
    }

    void bf16NeedsAProcessorForIt() {
        QVERIFY(ldm::hasBf16Products("flags\t\t: fpu avx512f avx512_bf16 avx512_vbmi\n"));
        QVERIFY(ldm::hasBf16Products("flags\t\t: fpu amx_bf16"));
        QVERIFY(!ldm::hasBf16Products("flags\t\t: fpu avx2 avx512f\nmodel name\t: avx512_bf16\n"));
        QVERIFY(!ldm::hasBf16Products("flags\t\t: fpu avx512_bf16x\n"));
    }

    void bf16IsComputedOrRefusedWithTheReason() {
        std::string reason;
        try {
            const ldm::Model model = ldm::Model::open(emojiOn({.precision = ldm::Precision::Bf16}));
            QVERIFY(at::isfinite(unetOutput(model)).all().item<bool>());
            return;
        } catch (const ldm::Error& error) {
            reason = error.what();
        }
        QVERIFY2(reason.find("no instructions for bf16") != std::string::npos, reason.c_str());
    }
};

NOISEFLOOR_TEST(DeviceTest)
#include "tst_device.moc"
