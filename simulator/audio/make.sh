#!/bin/sh
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
# Makes the clips that the simulator serves as recordings. Needs espeak-ng, sox and lame.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

say() { # say FILE VOICE TEXT: one turn of a dialogue, followed by a short pause
    espeak-ng -v "$2" -s 180 -a 80 -w "$work/turn.wav" "$3"
    sox "$work/turn.wav" -r 16000 -c 1 -b 16 "$work/$1.wav" pad 0.1 0.35
}

join() { # join NAME: all turns so far, in order, as one clip
    sox "$work"/[0-9]*.wav "$work/all.wav" gain -n -3
    # A constant bit rate without reservoir and without a tag frame: every frame stands for itself,
    # so the simulator can cut and repeat a clip to the length of the talk.
    lame --quiet -t --nores --cbr -b 24 -m m --resample 16 "$work/all.wav" "$1.mp3"
    rm "$work"/*.wav
}

agent=en-us+f3 caller=en-gb+m3
say 1 $agent 'Good afternoon, customer service, Sara speaking. How can I help you?'
say 2 $caller 'Hello. My parcel was due yesterday, and it has not arrived.'
say 3 $agent 'I am sorry about that. It is on the van now, and you will have it before six.'
say 4 $caller 'Before six is fine. Thank you very much.'
say 5 $agent 'You are welcome. Goodbye.'
join delivery_en

agent=ru+f3 caller=ru+m3
say 1 $agent 'Добрый день, служба поддержки, меня зовут Лина. Чем могу помочь?'
say 2 $caller 'Здравствуйте. Я хочу изменить адрес доставки заказа.'
say 3 $agent 'Конечно. Назовите, пожалуйста, новый адрес.'
say 4 $caller 'Улица Садовая, дом двенадцать. Спасибо.'
say 5 $agent 'Записала. Хорошего дня!'
join order_ru

say 1 en-gb+f2 'Hello, you seem to be closed. It is about my invoice. Please call me back tomorrow morning. Thank you.'
join voicemail_en
