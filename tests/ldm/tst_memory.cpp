#include "ldm/failures.h"
#include "support/testmain.h"

#include <ldm/memory.h>

#include <QTest>

#include <fstream>

using ldm::Task;
using support::failureOf;

namespace {

const ldm::ModelInfo& emoji() {
    static const ldm::Model model = ldm::Model::open("emoji-ldm");
    return model.info();
}

std::uint64_t weightsOf(const ldm::ModelInfo& model) {
    std::uint64_t bytes = 0;
    for (const ldm::PartInfo& part : model.parts) bytes += part.bytes;
    return bytes;
}

std::uint64_t installedMemory() {
    std::ifstream file("/proc/meminfo");
    std::string name;
    std::uint64_t kibibytes = 0;
    file >> name >> kibibytes;
    return kibibytes * 1024;
}

} // namespace

class MemoryTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void weightsAreReadFromFilesAndDoNotCount() {
        const auto need = ldm::memoryNeed(emoji(), Task::Generate);
        QCOMPARE(need.files, weightsOf(emoji()));
        QVERIFY(ldm::memoryNeed(emoji(), Task::Analyze).files < need.files); // which decodes nothing
        QCOMPARE(need.total(), need.program + need.prepared + need.activations);
    }

    void aSmallModelKeepsItsWeightsInFloat32() {
        std::uint64_t asFloats = 0;
        for (const ldm::PartInfo& part : emoji().parts) asFloats += std::uint64_t(part.parameters) * 4;
        QVERIFY(ldm::memoryNeed(emoji(), Task::Generate).prepared >= asFloats);
    }

    void aLargeModelPreparesEachLayerForItsUse() {
        ldm::ModelInfo large = emoji();
        for (ldm::PartInfo& part : large.parts) {
            part.parameters *= 100;
            part.bytes *= 100;
        }
        const auto need = ldm::memoryNeed(large, Task::Generate);
        QVERIFY(need.prepared < need.files);
    }

    void activationsGrowWithThePicture() {
        const auto small = ldm::memoryNeed(emoji(), Task::Generate);
        const int width = emoji().defaultWidth, height = emoji().defaultHeight;
        QCOMPARE(small.activations, ldm::memoryNeed(emoji(), Task::Generate, width, height).activations);
        const auto large = ldm::memoryNeed(emoji(), Task::Generate, 2 * width, 2 * height);
        QVERIFY(large.activations > 3 * small.activations && large.activations < 5 * small.activations);
    }

    void decodingInTilesBoundsItsMemory() {
        ldm::ModelInfo wide = emoji();
        wide.decoderChannels += 100;
        const auto extra = [&](int size) {
            return ldm::memoryNeed(wide, Task::Generate, size, size).activations -
                   ldm::memoryNeed(emoji(), Task::Generate, size, size).activations;
        };
        QVERIFY(extra(256) < extra(512));
        QCOMPARE(extra(2048), extra(1024));
    }

    void whatCannotFitIsRefusedWithBothNumbers() {
        constexpr std::uint64_t kAvailable = std::uint64_t{100} << 20;
        const std::string reason = failureOf(ldm::ErrorKind::OutOfMemory,
                                             [] { ldm::requireMemory(emoji(), Task::Analyze, 64, 48, kAvailable); });
        const std::string need = ldm::bytesText(ldm::memoryNeed(emoji(), Task::Analyze, 64, 48).total());
        for (const std::string& part : {std::string("emoji-ldm"), std::string("64x48"), need, std::string("100 MiB"),
                                        std::string("choose a smaller size")})
            QVERIFY2(support::contains(reason, part), reason.c_str());
    }

    void whatFitsOrCannotBeKnownIsNotRefused() {
        const std::uint64_t need = ldm::memoryNeed(emoji(), Task::Generate, 64, 64).total();
        ldm::requireMemory(emoji(), Task::Generate, 64, 64, need);
        ldm::requireMemory(emoji(), Task::Generate, 64, 64, 0);
    }

    void availableMemoryIsSomeOfTheInstalled() {
        const std::uint64_t available = ldm::availableMemory();
        QVERIFY(available > 0 && available <= installedMemory());
    }

    void bytesAreWrittenForPeople() {
        QCOMPARE(ldm::bytesText(std::uint64_t{300} << 20), "300 MiB");
        QCOMPARE(ldm::bytesText(std::uint64_t{3584} << 20), "3.5 GiB");
    }
};

NOISEFLOOR_TEST(MemoryTest)
#include "tst_memory.moc"
