#include "support/testmain.h"
#include "widgets/samples.h"

#include <widgets/picturegrid.h>

#include <QSignalSpy>

using namespace widgets;

namespace {

struct Shown {
    PictureGrid grid;

    Shown() {
        grid.resize(700, 500);
        grid.setLabels({QStringLiteral("a cat"), QStringLiteral("a dog")},
                       {QStringLiteral("full"), QStringLiteral("w8a8")});
        grid.setPicture(0, 0, samples::picture(16, 16), QStringLiteral("seed 3"));
        grid.setPicture(0, 1, samples::picture(16, 16), QStringLiteral("PSNR 31 dB"));
        grid.show();
        QCoreApplication::processEvents();
    }
    void click(int row, int column) {
        const QRect cell = grid.visualRect(grid.model()->index(row, column));
        QTest::mouseClick(grid.viewport(), Qt::LeftButton, Qt::NoModifier, cell.center());
    }
};

} // namespace

class PictureGridTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void picturesAndTextsAreKeptByCell() {
        Shown shown;
        QCOMPARE(shown.grid.picture(0, 1), samples::picture(16, 16));
        QCOMPARE(shown.grid.text(0, 1), QStringLiteral("PSNR 31 dB"));
        QVERIFY(shown.grid.picture(1, 1).isNull());
        QVERIFY(shown.grid.picture(9, 9).isNull());
        shown.grid.setLabels({QStringLiteral("a bird")}, {QStringLiteral("full")});
        QVERIFY(shown.grid.picture(0, 0).isNull());
    }

    void onlyACellWithAPictureIsChosen() {
        Shown shown;
        QSignalSpy chosen(&shown.grid, &PictureGrid::pictureChosen);
        shown.click(0, 1);
        QCOMPARE(chosen.size(), 1);
        QCOMPARE(chosen[0], QVariantList({0, 1}));
        shown.click(1, 1);
        QCOMPARE(chosen.size(), 1);
        QTest::keyClick(&shown.grid, Qt::Key_Up);
        QCOMPARE(chosen.size(), 2);
        QTest::keyClick(&shown.grid, Qt::Key_Left);
        QCOMPARE(chosen.last(), QVariantList({0, 0}));
    }

    void smallPicturesGrowByWholeFactors() {
        Shown shown;
        QImage dot(16, 16, QImage::Format_RGB32);
        dot.fill(Qt::white);
        dot.setPixelColor(0, 0, Qt::red);
        shown.grid.setPicture(1, 0, dot, {});
        const auto thumb = shown.grid.item(1, 0)->data(Qt::DecorationRole).value<QPixmap>().toImage();
        QCOMPARE(thumb.width() % 16, 0);
        const int factor = thumb.width() / 16;
        QVERIFY(factor >= 8);
        QCOMPARE(thumb.pixelColor(factor - 1, factor - 1), QColor(Qt::red));
        QCOMPARE(thumb.pixelColor(factor, factor), QColor(Qt::white));
    }
};

NOISEFLOOR_TEST(PictureGridTest)
#include "tst_picturegrid.moc"
