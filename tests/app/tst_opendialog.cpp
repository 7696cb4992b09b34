#include "support/testmain.h"

#include <app/windows/opendialog.h>

#include <QComboBox>
#include <QDialogButtonBox>
#include <QDoubleSpinBox>
#include <QLineEdit>
#include <QPushButton>
#include <QTableWidget>

class TestOpenDialog : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void whatItBeginsWithIsWhatItReturns() {
        ldm::OpenRequest request;
        request.model = "/models/sd15.safetensors";
        request.base = "/models/sd15";
        request.prediction = "v_prediction";
        request.loras = {{"/loras/a.safetensors", 0.75}, {"/loras/b.safetensors", -1}};
        request.compute = {ldm::DeviceKind::Cuda, 1, ldm::Precision::Bf16};
        const app::windows::OpenDialog dialog(request, {});
        QVERIFY(dialog.request() == request);
    }

    void fieldsChangeTheRequest() {
        app::windows::OpenDialog dialog({}, {});
        dialog.findChild<QLineEdit*>("openModel")->setText(" emoji-ldm ");
        dialog.findChild<QComboBox*>("openPrediction")->setCurrentText("epsilon");
        dialog.findChild<QComboBox*>("openPrecision")->setCurrentText("bf16");
        const ldm::OpenRequest request = dialog.request();
        QCOMPARE(request.model, std::string("emoji-ldm"));
        QCOMPARE(request.prediction, std::string("epsilon"));
        QVERIFY(request.compute.precision == ldm::Precision::Bf16);
        QVERIFY(request.loras.empty());
    }

    void nothingCanBeOpenedWithoutAModel() {
        app::windows::OpenDialog dialog({}, {});
        auto* open = dialog.findChild<QDialogButtonBox*>()->buttons().constLast();
        for (QAbstractButton* button : dialog.findChild<QDialogButtonBox*>()->buttons())
            if (button->text() == "Open") open = button;
        QVERIFY(!open->isEnabled());
        dialog.findChild<QLineEdit*>("openModel")->setText("emoji-ldm");
        QVERIFY(open->isEnabled());
    }

    void removingALoraLeavesTheOthers() {
        ldm::OpenRequest request;
        request.model = "emoji-ldm";
        request.loras = {{"a.safetensors", 1}, {"b.safetensors", 0.5}, {"c.safetensors", 2}};
        app::windows::OpenDialog dialog(request, {});
        auto* table = dialog.findChild<QTableWidget*>("openLoras");
        QCOMPARE(table->rowCount(), 3);
        table->selectRow(1);
        for (QPushButton* button : dialog.findChildren<QPushButton*>())
            if (button->text().remove('&') == "Remove") button->click();
        request.loras.erase(request.loras.begin() + 1);
        QVERIFY(dialog.request() == request);
    }
};

NOISEFLOOR_TEST(TestOpenDialog)
#include "tst_opendialog.moc"
